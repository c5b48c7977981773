using System.Diagnostics;

namespace Dllm.Tests;

public sealed class YamlTextTests
{
    [Fact]
    public void Values_keep_their_lines_tags_and_quotes()
    {
        var map = Assert.IsType<YamlMap>(YamlText.Read("a.yaml", "# first\na: 1\nb: [x, \"2\"]\nc: !function u.f\nd: !!str 3\n"));

        Assert.Equal([("a", 2), ("b", 3), ("c", 4), ("d", 5)], map.Pairs.Select(pair => (pair.Key.Text, pair.Key.Line)));
        Assert.Equal([true, false], Assert.IsType<YamlList>(map.Pairs[1].Value).Items.Select(item => ((YamlScalar)item).IsPlain));
        Assert.Equal("!function", map.Pairs[2].Value.Tag);
        Assert.Equal(new YamlScalar(5, null, "3", IsPlain: false), map.Pairs[3].Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    public void A_text_may_have_no_value(string text) => Assert.Null(YamlText.Read("a.yaml", text));

    [Fact]
    public void What_is_named_is_repeated()
    {
        var map = (YamlMap)YamlText.Read("a.yaml", "a: &a [1, 2]\nb: *a\n")!;
        Assert.Same(map.Pairs[0].Value, map.Pairs[1].Value);
    }

    [Fact]
    public void The_deepest_that_is_allowed_is_read()
    {
        int levels = YamlText.MostLevels - 1; // the value within is one more
        Assert.NotNull(YamlText.Read("a.yaml", new string('[', levels) + "x" + new string(']', levels)));
        Refused($"{new string('[', levels + 1)}x{new string(']', levels + 1)}", "line 1", "more than 32 levels deep");
    }

    [Theory]
    [InlineData("[", 500_000)]
    [InlineData("{a: ", 200_000)]
    [InlineData("- ", 500_000)]
    [InlineData("? ", 500_000)]
    [InlineData("&a [", 200_000)]
    [InlineData("!x [", 200_000)]
    public void Depth_is_refused_before_it_is_followed(string opening, int times) =>
        Refused("x: " + (opening == "? " || opening == "- " ? "\n  " : "") + string.Concat(Enumerable.Repeat(opening, times)), "a.yaml", null);

    [Fact]
    public void Depth_by_indentation_is_refused() =>
        Refused(string.Concat(Enumerable.Range(0, 1000).Select(i => new string(' ', i) + "a:\n")), "line 32", "levels deep");

    [Fact]
    public void Depth_by_names_is_refused() =>
        Refused("l0: &l0 [x]\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"l{i}: &l{i} [*l{i - 1}]\n")), "line 31", "levels deep");

    [Fact]
    public void Repetitions_count_as_if_they_were_written_out() =>
        Refused("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]\n")), "line 6", "more than 200,000 values");

    [Fact]
    public void Repeated_long_texts_count_by_their_length() =>
        Refused($"a: &a {new string('x', 100_000)}\nb: [{string.Join(", ", Enumerable.Repeat("*a", 1000))}]\n", "line 2", "long texts counted");

    [Theory]
    [InlineData("a: &a [*a]\n", "line 1", "'&a' holds itself")]
    [InlineData("a: *b\nb: &b 1\n", "line 1", "nothing is named '&b' before")]
    [InlineData("a: 1\n---\nb: 2\n", "line 2", "a second document")]
    [InlineData("a: 1\n? [b]\n: 2\n", "line 2", "a key is no text")]
    [InlineData("a: 1\n{b: 2\n", "line", "not valid YAML")]
    [InlineData("a: !!int[ x\n", "line", "not valid YAML")]
    [InlineData("a: [1\n", "line", "not valid YAML")]
    [InlineData("a:\t- 1\n\t- 2\n", "line", "not valid YAML")]
    public void Mistakes_are_named_with_their_line(string text, string place, string what) => Refused(text, place, what);

    [Fact]
    public void Lines_indented_too_little_are_mended_but_not_for_ever()
    {
        string Text(int lines, int tail) => "a:\n    b: \"x\n" + string.Concat(Enumerable.Repeat("y\n", lines)) + "  z\"\n" + new string('#', tail) + "\n";
        Assert.NotNull(YamlText.Read("a.yaml", Text(lines: 20, tail: 0)));
        Refused(Text(lines: 2000, tail: 100_000), "line", "wrong indentation");
    }

    [Fact]
    public void A_text_may_have_a_bounded_size() => Refused(new string('#', YamlText.MostBytes + 1), "4,194,305", "4,194,304");

    private static void Refused(string text, string place, string? what)
    {
        var watch = Stopwatch.StartNew();
        string message = Assert.Throws<DllmException>(() => YamlText.Read("a.yaml", text)).Message;
        Assert.Contains("a.yaml", message);
        Assert.Contains(place, message);
        if (what is not null) Assert.Contains(what, message);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20)); // a moment, on a machine that does much else
    }
}
