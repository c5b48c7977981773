using Dllm.Runtime;

namespace Dllm.Tests.Runtime;

public class PortableCopyTests
{
    private const string Missing = "version `GLIBCXX_3.4.32' not found (required by x)";

    // The library as TorchSharp ships it: present in every test run on Linux.
    private static string Bridge => Path.Combine(AppContext.BaseDirectory, "libtorch", "libLibTorchSharp.so");

    [Fact]
    public void OnlyTheFlagOfTheNamedVersionChanges()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF libraries are Linux's");
        byte[] original = File.ReadAllBytes(Bridge);
        byte[] edited = [.. original];
        Assert.True(ElfVersionRequirements.MakeWeak(edited, "GLIBCXX_3.4.32"));
        int[] changed = [.. Enumerable.Range(0, original.Length).Where(i => original[i] != edited[i])];
        int only = Assert.Single(changed);
        Assert.Equal((0, 2), (original[only], edited[only]));
    }

    [Theory]
    [InlineData("GLIBCXX_9.9.9")] // not asked for
    [InlineData("GLIBCXX_3.4")] // asked for, and used by many symbols
    public void AVersionThatIsAbsentOrReallyUsedIsLeftAlone(string version)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF libraries are Linux's");
        byte[] original = File.ReadAllBytes(Bridge);
        byte[] edited = [.. original];
        Assert.False(ElfVersionRequirements.MakeWeak(edited, version));
        Assert.Equal(original, edited);
    }

    [Fact]
    public void GarbageIsRefused()
    {
        Assert.Throws<InvalidDataException>(() => ElfVersionRequirements.MakeWeak(new byte[10], "X"));
        byte[] header = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, .. Enumerable.Repeat((byte)0xff, 200)];
        Assert.Throws<InvalidDataException>(() => ElfVersionRequirements.MakeWeak(header, "X"));
    }

    [Fact]
    public async Task SeveralProcessesMayMakeItAtOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF libraries are Linux's");
        string cache = Directory.CreateTempSubdirectory("dllm-").FullName;
        string?[] copies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => PortableCopy.TryMake(Bridge, Missing, cache))));
        string copy = Assert.Single(copies.Distinct())!;
        Assert.Equal(File.ReadAllBytes(Bridge).Length, File.ReadAllBytes(copy).Length);
        Assert.Equal([copy], Directory.GetFiles(Path.GetDirectoryName(copy)!)); // nothing written aside is left
        Directory.Delete(cache, recursive: true);
    }

    [Fact]
    public void AHalfWrittenCopyIsReplaced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF libraries are Linux's");
        string cache = Directory.CreateTempSubdirectory("dllm-").FullName;
        string copy = PortableCopy.TryMake(Bridge, Missing, cache)!;
        File.WriteAllText(copy, "half");
        Assert.Equal(copy, PortableCopy.TryMake(Bridge, Missing, cache));
        Assert.Equal(File.ReadAllBytes(Bridge).Length, File.ReadAllBytes(copy).Length);
        Directory.Delete(cache, recursive: true);
    }

    [Fact]
    public void AnotherLoaderErrorIsNotOurs() =>
        Assert.Null(PortableCopy.TryMake(Bridge, "libtorch.so: cannot open shared object file", "/nowhere"));
}
