using Dllm.Data;

namespace Dllm.Tests.Data;

public class DatasetSpecTests
{
    [Fact]
    public void Parts_keep_their_order_limits_and_options()
    {
        var spec = DatasetSpec.Parse("a/b[train:1_000,test:10] + c.jsonl | d[name:x,lang:c++]");

        Assert.Equal(["a/b", "c.jsonl", "d"], spec.Parts.Select(part => part.Name));
        Assert.Equal(1000, spec.Parts[0].Limits["train"]);
        Assert.Equal(10, spec.Parts[0].Limits["test"]);
        Assert.Empty(spec.Parts[1].Limits);
        Assert.Equal("c++", spec.Parts[2].Options["lang"]);
    }

    [Theory]
    [InlineData("", 0, "no data set")]
    [InlineData(" + | ", 0, "no data set")]
    [InlineData("x[train", 1, "not closed")]
    [InlineData("ok + y[train:5, test]", 16, "no colon")]
    [InlineData("ok + a=b", 5, "no data-set name")]
    [InlineData("x[train:99999999999]", 2, "beyond")]
    public void A_mistake_is_told_with_its_place(string text, int position, string problem)
    {
        var e = Assert.Throws<SpecFormatException>(() => DatasetSpec.Parse(text));

        Assert.Equal(position, e.Position);
        Assert.Contains(problem, e.Message);
        Assert.Contains($"character {position + 1} of '{text}'", e.Message);
    }

    [Fact]
    public void Keys_know_where_they_stand_in_the_whole_text()
    {
        var part = DatasetSpec.Parse("one + two[train:1, tset:2]").Parts[1];

        Assert.Equal(19, part.KeyPositions["tset"]);
        Assert.Equal(6, part.Position);
    }

    [Fact]
    public void A_number_beats_a_text_of_the_same_key()
    {
        var spec = NamedSpec.Parse("x[a:7,a:q]");

        Assert.Equal(7, spec.Numbers["a"]);
        Assert.Empty(spec.Texts);
    }
}
