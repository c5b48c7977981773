using Dllm.Data;

namespace Dllm.Tests.Data;

public sealed class LocalDatasetsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dllm-data-").FullName;
    private readonly LocalDatasets _datasets;

    public LocalDatasetsTests() => _datasets = new LocalDatasets([new NameReader()], [_root]);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("train-00000-of-00002.txt", "train")]
    [InlineData("data/test.txt", "test")]
    [InlineData("validation/part1.txt", "validation")]
    [InlineData("train/dev.txt", "validation")]
    [InlineData("chats.txt", "train")]
    [InlineData("latest-contest.txt", "train")]
    public void Words_in_the_path_choose_the_split(string path, string split) => Assert.Equal(split, LocalDatasets.SplitOf(path));

    [Fact]
    public void A_folder_is_read_split_by_split_in_the_order_of_its_files()
    {
        Touch("set/train-2.txt", "set/train-1.txt", "set/sub/test.txt", "set/README.txt", "set/notes.pdf");
        var splits = _datasets.Open("set", null);

        Assert.Equal(["train-1.txt", "train-2.txt"], splits["train"].Select(row => row.Text("text")));
        Assert.Equal(["test.txt"], splits["test"].Select(row => row.Text("text")));
    }

    [Fact]
    public void A_configuration_is_a_sub_folder()
    {
        Touch("set/easy/train.txt", "set/hard/train.txt");

        Assert.Equal(["easy", "hard"], _datasets.Configurations("set"));
        Assert.Single(_datasets.Open("set", "hard")["train"]);
        Assert.Contains("easy, hard", Assert.Throws<DllmException>(() => _datasets.Open("set", "../set")).Message);
    }

    [Fact]
    public void What_cannot_be_opened_is_named()
    {
        Touch("odd.xyz", "bare/notes.pdf");

        Assert.Contains("no such file or folder", Assert.Throws<DllmException>(() => _datasets.Open("missing", null)).Message);
        Assert.Contains(".txt", Assert.Throws<DllmException>(() => _datasets.Open("odd.xyz", null)).Message);
        Assert.Contains("holds no data files", Assert.Throws<DllmException>(() => _datasets.Open("bare", null)).Message);
    }

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            var path = Path.Combine(_root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }
    }

    /// <summary>One row a file: its name.</summary>
    private sealed class NameReader : IRowReader
    {
        public IReadOnlyList<string> Extensions => [".txt"];

        public IEnumerable<DataRow> Read(string path) => [new(new Dictionary<string, object?> { ["text"] = Path.GetFileName(path) })];
    }
}
