using Dllm.Evaluation.Running;

namespace Dllm.Tests.Evaluation.Running;

public sealed class HubSplitTests
{
    private const string Readme = """
        ---
        license: mit
        configs:
        - config_name: main
          data_files:
          - split: train
            path: main/train-*
          - split: test
            path: [main/test-*, "more/**/test.jsonl"]
        - config_name: socratic
          data_files: {test: "socratic/test-*"}
        ---
        # text
        """;

    private static readonly string[] Files =
    [
        "README.md", "main/train-00000-of-00001.parquet", "main/test-00001-of-00002.parquet", "main/test-00000-of-00002.parquet",
        "socratic/test-00000-of-00001.parquet", "more/a/b/test.jsonl", "script.py", "main/testing.parquet",
    ];

    [Theory]
    [InlineData("main", "train", "main/train-00000-of-00001.parquet")]
    [InlineData("main", "test", "main/test-00000-of-00002.parquet,main/test-00001-of-00002.parquet,more/a/b/test.jsonl")]
    [InlineData("socratic", "test", "socratic/test-00000-of-00001.parquet")]
    [InlineData(null, "train", "main/train-00000-of-00001.parquet")]
    [InlineData("main", "validation", "")]
    public void TheFrontMatterSaysWhereASplitLies(string? config, string split, string expected) =>
        Assert.Equal(expected, string.Join(',', HubSplit.Find(Files, Readme, config, split)));

    [Theory]
    [InlineData("main", "test", "main/test-00000-of-00002.parquet,main/test-00001-of-00002.parquet")]
    [InlineData(null, "train", "data/train.csv")]
    [InlineData("main", "dev", "dev.jsonl.gz")]
    [InlineData("main", "nothing", "")]
    public void WithoutItNamesDo(string? config, string split, string expected) =>
        Assert.Equal(expected, string.Join(',', HubSplit.Find([.. Files, "data/train.csv", "dev.jsonl.gz"], "# no front matter", config, split)));
}
