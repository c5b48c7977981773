using System.Text;
using Dllm.Checkpoints.Hub;
using Dllm.Evaluation.Running;
using Dllm.Tests.Checkpoints.Hub;

namespace Dllm.Tests.Evaluation.Running;

/// <summary>Documents of a data set on a hub on this machine, from the listing to the rows.</summary>
public sealed class HubTaskDataTests : IDisposable
{
    private readonly LocalHub _hub = new() { IsDataset = true };

    public HubTaskDataTests()
    {
        Add("README.md", """
            ---
            configs:
            - config_name: main
              data_files:
              - {split: test, path: main/test-*}
            ---
            """);
        Add("main/test-00000-of-00002.jsonl", """{"question": "a", "n": 1}""");
        Add("main/test-00001-of-00002.csv", "question,n\nb,2\n");
        Add("main/train-00000-of-00001.jsonl", """{"question": "never asked for"}""");
        Add("script.py", "raise SystemExit");
    }

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void ASplitsFilesAreFetchedInOrderAndKept()
    {
        using var client = new HubClient(_hub.Options);
        var data = new HubTaskData(client, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b"], Questions(data));
        Assert.Equal(
            ["README.md", "test-00000-of-00002.jsonl", "test-00001-of-00002.csv"],
            _hub.FileRequests.Select(request => request.Path.Split('/')[^1]).Distinct().Order(StringComparer.Ordinal));

        int before = _hub.Requests.Count;
        using var later = new HubClient(_hub.Options with { Offline = true });
        Assert.Equal(["a", "b"], Questions(new HubTaskData(later)));
        Assert.Equal(before, _hub.Requests.Count);
    }

    [Fact]
    public void AFolderComesBeforeTheHub()
    {
        using var folder = new TemporaryFolder();
        using var client = new HubClient(_hub.Options);
        Directory.CreateDirectory(folder.File("tiny"));
        File.WriteAllText(folder.File("tiny/test.jsonl"), """{"question": "mine"}""");
        Assert.Equal(["mine"], Questions(new LocalTaskData(folder.Path, next: new HubTaskData(client))));
        Assert.Empty(_hub.Requests);
        File.Delete(folder.File("tiny/test.jsonl"));
        Assert.Equal(["a", "b"], Questions(new LocalTaskData(folder.Path, next: new HubTaskData(client))));
    }

    [Fact]
    public void WhatTheHubLacksIsNamed()
    {
        using var client = new HubClient(_hub.Options);
        var data = new HubTaskData(client);
        var error = Assert.Throws<DllmException>(() => data.Rows("me/tiny", "main", "validation", null));
        Assert.Contains("no file for the split 'validation' of main", error.Message);
        Assert.Contains("main/test-00000-of-00002.jsonl", error.Remedy);
        Assert.Contains("'../tiny' is no data set", Assert.Throws<DllmException>(() => data.Rows("../tiny", null, "test", null)).Message);
        Assert.IsType<HubNotFoundException>(Assert.Throws<DllmException>(() => data.Rows("me/other", null, "test", null)).InnerException);
    }

    [Fact]
    public void RowsThatCannotBeReadNameTheFile()
    {
        Add("main/test-00000-of-00002.jsonl", "{\"question\": ");
        using var client = new HubClient(_hub.Options);
        Assert.Contains("test-00000-of-00002.jsonl", Assert.Throws<DllmException>(() => Questions(new HubTaskData(client))).Message);
    }

    private static IEnumerable<string> Questions(Dllm.Evaluation.Tasks.ITaskData data) =>
        data.Rows("me/tiny", "main", "test", null).Select(row => row["question"]!.ToString());

    private void Add(string path, string text) => _hub.Files[path] = Encoding.UTF8.GetBytes(text);
}
