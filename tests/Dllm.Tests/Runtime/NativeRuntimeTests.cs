using Dllm.Runtime;
using TorchSharp;

namespace Dllm.Tests.Runtime;

public class NativeRuntimeTests
{
    [Fact]
    public void TensorsWorkOnceLoaded()
    {
        NativeRuntime.Load();
        using var sum = torch.ones(3).sum();
        Assert.Equal(3f, sum.ToSingle());
        Assert.Contains("libtorch", NativeRuntime.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100_000)]
    public void ThreadsOutOfRangeNamesValueAndBound(int threads)
    {
        var error = Assert.Throws<DllmException>(() => NativeRuntime.Threads = threads);
        Assert.Contains($"{threads}", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 to 1024", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DefaultThreadsAreAtLeastOne() => Assert.InRange(NativeRuntime.DefaultThreads, 1, 1024);

    [Fact]
    public void ADirectoryWithoutLibtorchIsAnErrorThatNamesTheMissingFile()
    {
        string empty = Directory.CreateTempSubdirectory("dllm-").FullName;
        var error = Assert.Throws<DllmException>(() => TorchLibraries.InDirectory(empty, NativeRuntime.DirectoryVariable));
        Assert.Contains(NativeRuntime.DirectoryVariable, error.Message, StringComparison.Ordinal);
        Assert.Contains(empty, error.Message, StringComparison.Ordinal);
        Assert.Contains("c10", error.Message, StringComparison.Ordinal);
    }
}
