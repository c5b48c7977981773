using Dllm.Data;

namespace Dllm.Tests.Data;

public class DatasetLoaderTests
{
    private static readonly TextCatalog Catalog = new(new()
    {
        ["one"] = [("train", 10)],
        ["two"] = [("train", 4), ("test", 2)],
        ["empty"] = [("train", 0)],
    });

    private static DatasetSplits<string> Load(string spec, SpecRules rules = SpecRules.Strict)
        => new DatasetLoader(Catalog, rules).LoadTexts(DatasetSpec.Parse(spec));

    [Fact]
    public void Test_rows_of_a_single_split_are_not_trained_on()
    {
        var splits = Load("one[train:3,test:2]");

        Assert.Equal(["one-train-0", "one-train-1"], splits["test"]);
        Assert.Equal(["one-train-2", "one-train-3", "one-train-4"], splits["train"]);
    }

    [Fact]
    public void The_originals_rule_takes_the_same_rows_for_every_split()
    {
        var splits = Load("one[train:3,test:2]", SpecRules.Reference);

        Assert.Equal(["one-train-0", "one-train-1"], splits["test"]);
        Assert.Equal(["one-train-0", "one-train-1", "one-train-2"], splits["train"]);
    }

    [Fact]
    public void Parts_are_joined_split_by_split()
    {
        var splits = Load("two[train:1] + one[train:1,test:1]");

        Assert.Equal(["two-train-0", "one-train-1"], splits["train"]);
        Assert.Equal(["two-test-0", "two-test-1", "one-train-0"], splits["test"]);
    }

    [Theory]
    [InlineData("two[tset:1]", 4, "no split 'tset'")]
    [InlineData("one + two[lang:python]", 10, "does not know the key 'lang'")]
    public void Unknown_splits_and_keys_are_errors_with_a_place(string spec, int position, string problem)
    {
        var e = Assert.Throws<SpecFormatException>(() => Load(spec));

        Assert.Equal(position, e.Position);
        Assert.Contains(problem, e.Message);
    }

    [Fact]
    public void The_original_ignores_unknown_splits()
        => Assert.Equal(4, Load("two[tset:1]", SpecRules.Reference)["train"].Count());

    [Fact]
    public void A_missing_split_is_named_with_those_there_are()
    {
        var e = Assert.Throws<DllmException>(() => Load("one")["validation"]);

        Assert.Contains("no split 'validation', only train", e.Message);
    }

    [Fact]
    public void Names_match_exactly_or_as_the_end_of_a_path()
    {
        Assert.True(DatasetLoader.IsNamed("tatsu-lab/alpaca", "tatsu-lab/alpaca"));
        Assert.True(DatasetLoader.IsNamed("/data/tatsu-lab/alpaca/", "tatsu-lab/alpaca"));
        Assert.False(DatasetLoader.IsNamed("tatsu-lab/alpaca-cleaned", "tatsu-lab/alpaca"));
        Assert.False(DatasetLoader.IsNamed("xtatsu-lab/alpaca", "tatsu-lab/alpaca"));
    }

    [Fact]
    public void A_stream_repeats_its_training_split_but_an_empty_one_ends()
    {
        var loader = new DatasetLoader(Catalog);

        Assert.Equal(9, loader.StreamTexts(DatasetSpec.Parse("two"))["train"].Take(9).Count());
        Assert.Empty(loader.StreamTexts(DatasetSpec.Parse("empty"))["train"]);
    }

    [Fact]
    public void A_text_column_that_is_missing_is_named()
    {
        var texts = new DatasetLoader(Catalog).LoadTexts(DatasetSpec.Parse("one"), "content");

        Assert.Contains("row 1 has no text in column 'content', only text", Assert.Throws<DllmException>(() => texts["train"].First()).Message);
    }

    private sealed class TextCatalog(Dictionary<string, (string Split, int Rows)[]> sets) : IDatasetCatalog
    {
        public IReadOnlyList<string> Configurations(string name) => [];

        public DatasetSplits<DataRow> Open(string name, string? configuration) => new(sets[name].Select(split => KeyValuePair.Create(
            split.Split,
            Enumerable.Range(0, split.Rows).Select(i => Row($"{name}-{split.Split}-{i}")))));

        private static DataRow Row(string text) => new(new Dictionary<string, object?> { ["text"] = text });
    }
}
