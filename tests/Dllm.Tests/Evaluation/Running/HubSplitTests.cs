using Dllm.Evaluation.Running;

namespace Dllm.Tests.Evaluation.Running;

public sealed class HubSplitTests
{
    private const string Configured = """
        ---
        configs:
        - config_name: chat
          default: true
          data_files:
          - {split: train_sft, path: "data/train_sft-*"}
          - {split: test_sft, path: [data/test_sft-*, more/**]}
        - config_name: one
          data_files: one.jsonl
        - config_name: below
          data_dir: "sub"
        ---
        """;

    private static readonly string[] Mixed =
        ["data/train_sft-0.parquet", "data/test_sft-0.parquet", "more/a/b.jsonl", "one.jsonl", "sub/x_dev.csv", "sub/x_train.csv", "dataset_infos.json", "README.md", ".x/train.csv"];

    [Theory]
    [InlineData(null, "train_sft=data/train_sft-0.parquet;test_sft=data/test_sft-0.parquet,more/a/b.jsonl")]
    [InlineData("one", "train=one.jsonl")]
    [InlineData("below", "validation=sub/x_dev.csv;train=sub/x_train.csv")]
    public void All_splits_are_those_of_the_front_matter(string? config, string expected) => Assert.Equal(expected, Shown(Mixed, Configured, config));

    [Theory]
    [InlineData("rows.jsonl,dataset_infos.json", null, "train=rows.jsonl")]
    [InlineData("train.csv,test.csv,notes.csv", null, "test=test.csv;train=train.csv")] // where words name splits, other files are none
    [InlineData("a/train.csv,b/train.csv", "b", "train=b/train.csv")]
    [InlineData("data/b/x.csv,a/x.csv", "b", "train=data/b/x.csv")]
    [InlineData("script.py,README.md", null, "")]
    public void Without_front_matter_words_name_the_splits(string files, string? config, string expected) =>
        Assert.Equal(expected, Shown(files.Split(','), null, config));

    [Fact]
    public void A_configuration_has_to_be_chosen_where_none_is_the_default()
    {
        string readme = Configured.Replace("  default: true\n", "");
        Assert.Contains("chat, one, below", Assert.Throws<DllmException>(() => HubSplit.All(Mixed, readme, null)).Message);
        Assert.Contains("no configuration 'tow'", Assert.Throws<DllmException>(() => HubSplit.All(Mixed, readme, "tow")).Message);
        Assert.Equal(["a", "b"], HubSplit.Configurations(["a/train.csv", "b/x.csv", "data/y.csv", "z.csv"], null));
    }

    [Fact]
    public void A_pattern_that_would_take_for_ever_does_not()
    {
        string stars = string.Concat(Enumerable.Repeat("**/*a", 100));
        string readme = $"---\nconfigs:\n- config_name: default\n  data_files: \"{stars}b\"\n---\n";
        Assert.Empty(HubSplit.All([string.Concat(Enumerable.Repeat("a/", 400)) + "x.csv"], readme, null));
    }

    private static string Shown(string[] files, string? readme, string? config) =>
        string.Join(';', HubSplit.All(files, readme, config).Select(split => $"{split.Split}={string.Join(',', split.Files)}"));

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
