using Dllm.Cli.LineEditing;

namespace Dllm.Tests.Cli.LineEditing;

/// <summary>What a person types, and what is read and seen of it.</summary>
public sealed class LineEditorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _shown = [];
    private readonly VirtualScreen _screen = new(20);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("abc <Left><Left>X", "abXc ")]
    [InlineData("one two<^A>zero <^E> three", "zero one two three")]
    [InlineData("one two<Home>zero <End>.", "zero one two.")]
    [InlineData("one two three<^W><^W>2", "one 2")]
    [InlineData("one-two<M-Backspace>2", "one-2")]
    [InlineData("one two<^U>2", "2")]
    [InlineData("one two<^A><^K>2<^Y>", "2one two")]
    [InlineData("one two<^Left>the <^Left><^Left>in <^Right>!", "in one! the two")]
    [InlineData("one two<M-b><M-d>2", "one 2")]
    [InlineData("abc<Left><^D><Left><Delete>", "a")]
    [InlineData("世界!<Left><Backspace>x", "世x!")]
    [InlineData("a👩‍👩‍👧b<Left><Backspace>c", "acb")]
    [InlineData("e\u0301x<Left><Backspace>a", "ax")]
    [InlineData("one<M-Enter>two<Up>!", "one!\ntwo")]
    [InlineData("one<^J>two<^A><^K>2", "one\n2")]
    [InlineData("<Esc[200~>one\rtwo\t\r<Esc[201~> three", "one\ntwo\t three")]
    [InlineData("<Esc[200~>a<Esc[31m>b<Esc[201~>", "ab")]
    [InlineData("a<Esc[33;2~>b", "ab")]
    [InlineData("abc<^C>d", "d")]
    public void Keys_edit_the_line(string typed, string expected) => Assert.Equal(expected, Read(typed + "<Enter>"));

    [Theory]
    [InlineData("<^D>")]
    [InlineData("<^C><^C>")]
    [InlineData("abc<^C><^C>")]
    public void The_user_leaves(string typed) => Assert.Null(Read(typed));

    [Fact]
    public void A_key_between_takes_leaving_back() => Assert.Equal("a", Read("<^C>a<^C>a<Enter>"));

    [Fact]
    public void The_history_is_recalled_and_what_was_begun_is_kept()
    {
        var history = new LineHistory();
        Read("first<Enter>", history);
        Read("second<Enter>", history);
        Assert.Equal(["first", "second"], history.Texts);
        Assert.Equal("first!", Read("<Up><Up><Up>!<Enter>", history));
        Assert.Equal("begun", Read("beg<Up><Up><Down><Down><Down>un<Enter>", history));
    }

    [Fact]
    public void The_history_is_searched()
    {
        var history = new LineHistory();
        foreach (string text in (string[])["the capital of france", "hello", "the capital of spain", "bye"]) history.Add(text);
        Assert.Equal("the capital of spain", Read("<^R>CAPI<Enter>", history));
        Assert.Equal("the capital of france?", Read("<^R>capi<^R><End>?<Enter>", history));
        Assert.Equal("draft", Read("draft<^R>hel<Esc><Enter>", history));
    }

    [Fact]
    public void The_history_outlives_the_session_bounded_and_the_users_alone()
    {
        string path = _folder.File("state/dllm/history");
        new LineHistory(path).Add("one\ntwo \"世\"");
        Assert.Equal(["one\ntwo \"世\""], new LineHistory(path).Texts);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        File.WriteAllLines(path, [.. Enumerable.Range(0, (2 * LineHistory.Most) + 1).Select(i => $"\"{i}\""), "no json", "[1]"]);
        Assert.Equal(LineHistory.Most - 2, new LineHistory(path).Texts.Count);
        Assert.Equal(LineHistory.Most - 2, File.ReadAllLines(path).Length);
    }

    [Fact]
    public void A_history_that_cannot_be_kept_is_this_sessions()
    {
        string folder = _folder.File("taken");
        Directory.CreateDirectory(folder);
        var history = new LineHistory(folder); // a folder, not a file
        history.Add("text");
        Assert.Equal(["text"], history.Texts);
    }

    [Fact]
    public void What_is_typed_is_seen_where_it_belongs()
    {
        Read("abcdefghijklmno<Left>X<Home><Enter>"); // 5 + 15 columns: the cursor goes to the next row
        Assert.Equal("you> abcdefghijklmno", _shown[1]);
        Assert.Equal("you> abcdefghijklmnX\no", _shown[3]);
        Assert.Equal((0, 5), Cursors[4]);
        Assert.Equal((2, 0), _screen.Cursor);
    }

    [Fact]
    public void Wide_characters_take_two_columns_and_lines_begin_below_each_other()
    {
        Read("世世世世世世世世<M-Enter>b\u001f<Enter>"); // seven of eight fill the row but for a column
        Assert.Equal("you> 世世世世世世世\n世", _shown[1]);
        Assert.Equal("you> 世世世世世世世\n世\n     b", _shown[3]);
        Assert.Equal((2, 6), Cursors[3]);
    }

    [Fact]
    public void On_a_wider_window_the_line_is_drawn_where_the_terminal_has_put_it()
    {
        int width = 10;
        var output = new StringWriter();
        var screen = new LineScreen(output, () => (width, 10), usesColour: false);
        screen.Begin();
        screen.Draw("> ", new string('a', 20), 20); // three rows, the cursor in the last
        width = 40;
        output.GetStringBuilder().Clear();
        screen.Resized();
        Assert.StartsWith("\r\u001b[J> aaa", output.ToString(), StringComparison.Ordinal); // in one row the cursor is in the first
        width = 5;
        output.GetStringBuilder().Clear();
        screen.Resized();
        Assert.StartsWith("\u001b[4A\r\u001b[J> aaa", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_taller_than_the_window_is_seen_around_the_cursor()
    {
        var screen = new VirtualScreen(10);
        var lines = new LineScreen(screen, () => (10, 4), usesColour: false);
        lines.Begin();
        lines.Draw("> ", "1\n2\n3\n4\n5", 9);
        Assert.Equal("  3\n  4\n  5", screen.Shown);
        lines.Draw("> ", "1\n2\n3\n4\n5", 0);
        Assert.Equal("> 1\n  2\n  3", screen.Shown);
    }

    private readonly List<(int Row, int Column)> _cursors = [];

    private IReadOnlyList<(int Row, int Column)> Cursors => _cursors;

    private string? Read(string typed, LineHistory? history = null)
    {
        var keys = new TypedKeys(typed, () =>
        {
            _shown.Add(_screen.Shown);
            _cursors.Add(_screen.Cursor);
        });
        return new LineEditor(keys, new LineScreen(_screen, () => (20, 12), usesColour: true), history ?? new LineHistory()).Read("you> ");
    }
}
