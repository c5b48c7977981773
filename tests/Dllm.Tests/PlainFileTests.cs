using System.Diagnostics;
using System.Net.Sockets;
using Dllm.Checkpoints;
using Dllm.Data;
using Dllm.Data.Sources;
using Dllm.Evaluation.Tasks;
using Dllm.Models;

namespace Dllm.Tests;

public sealed class PlainFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Socket? _socket;

    public void Dispose()
    {
        _socket?.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_plain_file_is_read_and_so_is_a_link_to_one()
    {
        File.WriteAllText(At("a.txt"), "é\n");
        File.CreateSymbolicLink(At("link.txt"), "a.txt");
        Assert.Equal("é\n", PlainFile.ReadText(At("a.txt")));
        Assert.Equal("é\n", PlainFile.ReadText(At("link.txt")));
        Assert.Equal([0xC3, 0xA9, 0x0A], PlainFile.ReadBytes(At("link.txt"), limit: 3));
    }

    [Fact]
    public void A_file_has_a_bounded_size()
    {
        File.WriteAllText(At("a.txt"), "four");
        Assert.Contains("has 4 bytes, more than the 3", Assert.Throws<DllmException>(() => PlainFile.ReadText(At("a.txt"), limit: 3)).Message);
    }

    [Theory]
    [InlineData("folder", "a folder")]
    [InlineData("pipe", "a pipe")]
    [InlineData("device", "a device")]
    [InlineData("socket", "a socket")]
    [InlineData("lost", "a link to 'nowhere', which does not exist")]
    [InlineData("loop", "a link to 'loop', which does not exist")]
    public void What_is_no_plain_file_is_refused_before_it_is_opened(string kind, string called)
    {
        string path = Special(kind);
        Assert.Contains($"'{path}' is {called}", Assert.Throws<DllmException>(() => PlainFile.OpenRead(path)).Message);
        Assert.Contains(called, Assert.Throws<DllmException>(() => PlainFile.ReadText(path)).Message);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("pipe")]
    [InlineData("socket")]
    [InlineData("device")]
    public void What_is_no_plain_file_is_not_written_over(string kind)
    {
        string path = Special(kind);
        Assert.Contains("not a file to write to", Assert.Throws<DllmException>(() => AtomicFile.WriteText(path, "x")).Message);
        Assert.NotNull(FileKind.Special(path));
    }

    [Fact]
    public void Nothing_is_named_as_missing() =>
        Assert.Contains("does not exist", Assert.Throws<DllmException>(() => PlainFile.OpenRead(At("nothing"))).Message);

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("generation_config.json")]
    public void A_checkpoint_with_a_pipe_in_it_is_refused(string name)
    {
        string chat = Path.Combine(ArchitectureFolder(), "src", "Dllm.Cli", "Quickstart", "Chat");
        foreach (string file in Directory.GetFiles(chat)) File.CreateSymbolicLink(At(Path.GetFileName(file)), file);
        File.Delete(At(name));
        Pipe(At(name));
        Assert.Contains($"{name}' is a pipe", Assert.Throws<DllmException>(() => PretrainedModel.Load(_folder.Path).Dispose()).Message);
    }

    [Fact]
    public void A_pipe_among_data_or_tasks_is_told_and_not_waited_for()
    {
        Pipe(At("train.jsonl"));
        Pipe(At("sums.yaml"));
        Assert.Contains("train.jsonl' is a pipe", Assert.Throws<DllmException>(() => new LocalDatasets(RowReaders.All).Open(_folder.Path, null)["train"].Count()).Message);
        Assert.Contains("sums.yaml' is a pipe", Assert.Single(TaskLibrary.Open([_folder.Path]).Faults));
    }

    [Fact]
    public void Links_that_lead_back_are_not_followed_and_others_are()
    {
        Directory.CreateDirectory(At("a/b"));
        File.WriteAllText(At("a/b/x"), "");
        Directory.CreateSymbolicLink(At("a/b/up"), "..");
        Directory.CreateSymbolicLink(At("other"), "a/b");
        Assert.Equal(["a/b/x", "other/x"], FolderFiles.All(_folder.Path).Select(file => Path.GetRelativePath(_folder.Path, file).Replace('\\', '/')));
    }

    private string At(string name) => Path.Combine(_folder.Path, name);

    private string Special(string kind)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "POSIX's kinds of files");
        string path = At(kind);
        switch (kind)
        {
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "pipe":
                Pipe(path);
                break;
            case "device":
                return "/dev/null";
            case "socket":
                path = Path.Combine(Path.GetTempPath(), $"dllm-{Guid.NewGuid():N}"[..20]); // the path of a socket is short
                _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified); // takes its file away in the end
                _socket.Bind(new UnixDomainSocketEndPoint(path));
                break;
            default:
                File.CreateSymbolicLink(path, kind == "loop" ? "loop" : "nowhere");
                break;
        }

        return path;
    }

    private static void Pipe(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "POSIX's pipes");
        using var made = Process.Start("mkfifo", path);
        made.WaitForExit();
    }

    private static string ArchitectureFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
