using Dllm.Checkpoints.Hub;
using Dllm.Data;
using Dllm.Data.Sources;
using Dllm.Evaluation.Running;
using Dllm.Tests.Checkpoints.Hub;

namespace Dllm.Tests.Evaluation.Running;

/// <summary>What training reads of a hub's data sets.</summary>
public sealed class HubDatasetsTests : IDisposable
{
    private readonly LocalHub _hub = new() { IsDataset = true };
    private readonly HubClient _client;

    public HubDatasetsTests()
    {
        _client = new HubClient(_hub.Options);
        _hub.Files["data/train-0.jsonl"] = "{\"text\": \"a\"}\n{\"text\": \"b\"}"u8.ToArray();
        _hub.Files["data/train-1.jsonl"] = "{\"text\": \"c\"}"u8.ToArray();
        _hub.Files["data/test.jsonl"] = "{\"text\": \"d\"}"u8.ToArray();
    }

    public void Dispose()
    {
        _client.Dispose();
        _hub.Dispose();
    }

    [Theory]
    [InlineData("me/tiny")]
    [InlineData("me/tiny@main")]
    [InlineData($"me/tiny@{LocalHub.Commit}")]
    public void Splits_are_read_from_the_hub_s_files(string name)
    {
        var splits = Load(name);
        Assert.Equal(["a", "b", "c"], splits["train"]);
        Assert.Equal(["d"], splits["test"]);
        Assert.Equal(["a", "b", "c"], splits["train"]); // again, from the cache
        Assert.Equal(3, _hub.FileRequests.Count());
        using var offline = new HubClient(_hub.Options with { Offline = true });
        Assert.Equal(["d"], new DatasetLoader(Catalog(offline)).LoadTexts(DatasetSpec.Parse(name))["test"]);
    }

    [Fact]
    public void The_address_of_its_page_is_a_name_too() => Assert.Equal(["d"], Load($"{_hub.Address}datasets/me/tiny")["test"]);

    [Fact]
    public void Whoever_takes_the_first_rows_fetches_the_first_file_only()
    {
        Assert.Equal(["a", "b"], Load("me/tiny[train:2]")["train"]);
        Assert.EndsWith("train-0.jsonl", Assert.Single(_hub.FileRequests).Path);
    }

    [Fact]
    public void A_folder_or_file_wins_and_a_file_that_is_missing_is_no_hub_s()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("me"));
        File.WriteAllText(Path.Combine(folder.Path, "me", "tiny"), "");
        var catalog = new HubDatasets(new LocalDatasets(RowReaders.All, [folder.Path]), _client);
        Assert.Contains("format", Assert.Throws<DllmException>(() => catalog.Open("me/tiny", null)).Message);
        Assert.Contains("no such file or folder", Assert.Throws<DllmException>(() => catalog.Open("me/tiny.jsonl", null)).Message);
        Assert.Contains("no such file or folder", Assert.Throws<DllmException>(() => catalog.Open("tiny", null)).Message);
        Assert.Empty(_hub.Requests);
    }

    [Theory]
    [InlineData("me/none", "no such file or folder, and the data set 'me/none'")]
    [InlineData("me/tiny[name:de]", "no configuration 'de'")]
    [InlineData("https://hub.test/me/tiny", "is not the address of a data set's page")]
    [InlineData("https://hub.test:x/datasets/a/b", "is not the address of a data set's page")]
    public void What_is_not_there_is_told(string spec, string message) =>
        Assert.Contains(message, Assert.Throws<DllmException>(() => Load(spec)).Message);

    [Fact]
    public void A_script_is_not_run()
    {
        _hub.Files.Clear();
        _hub.Files["tiny.py"] = [];
        Assert.Contains("me/tiny@refs/convert/parquet", Assert.Throws<DllmException>(() => Load("me/tiny")).Message);
    }

    [Fact]
    public void Without_a_network_one_line_says_what_to_do()
    {
        using var away = new HubClient(_hub.Options with { Endpoint = new Uri(NoNetwork.Endpoint) });
        string message = Assert.Throws<DllmException>(() => Catalog(away).Open("me/rows", null)).Message;
        Assert.Contains("there is no data set 'me/rows': no such file or folder, and the hub cannot be reached", message);
        Assert.Contains("check the network", message);
    }

    [Fact]
    public void A_known_data_set_is_known_at_a_revision_too() => Assert.True(DatasetLoader.IsNamed("tatsu-lab/alpaca@main", "tatsu-lab/alpaca"));

    private static HubDatasets Catalog(HubClient hub) => new(new LocalDatasets(RowReaders.All), hub);

    private DatasetSplits<string> Load(string spec) => new DatasetLoader(Catalog(_client)).LoadTexts(DatasetSpec.Parse(spec));
}
