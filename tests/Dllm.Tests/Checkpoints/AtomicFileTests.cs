using Dllm.Checkpoints;

namespace Dllm.Tests.Checkpoints;

public class AtomicFileTests
{
    [Fact]
    public void AFullDiskLeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("f"), "old");
        var error = Assert.Throws<DllmException>(() => AtomicFile.Write(folder.File("f"), stream =>
        {
            stream.Write(new byte[1 << 21]);
            throw new IOException("No space left on device");
        }));
        Assert.Contains("No space left on device", error.Message);
        Assert.Equal("old", File.ReadAllText(folder.File("f")));
        Assert.Equal(["f"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void AMissingFolderIsAnError()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<DllmException>(() => AtomicFile.WriteText(folder.File("none/f"), "x"));
    }

    [Fact]
    public void ReplacesWhatIsThere()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder.File("f"), "long old text");
        AtomicFile.WriteText(folder.File("f"), "new é");
        Assert.Equal("new é"u8.ToArray(), File.ReadAllBytes(folder.File("f")));
    }
}
