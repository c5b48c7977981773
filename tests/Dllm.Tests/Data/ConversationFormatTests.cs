using Dllm.Data;

namespace Dllm.Tests.Data;

public class ConversationFormatTests
{
    private static DataRow Row(params (string Column, object? Value)[] values) => new(values.ToDictionary(v => v.Column, v => v.Value));

    private static IReadOnlyDictionary<string, object?> Message(params (string Column, object? Value)[] values) => Row(values).Values;

    [Fact]
    public void Messages_keep_their_further_fields()
    {
        var conversation = ConversationFormat.Read(Row(("id", "x"), ("messages", new object?[]
        {
            Message(("role", "user"), ("content", "q"), ("name", "n")),
        })));

        Assert.Equal("q", conversation.Messages[0].Content);
        Assert.Equal("n", Assert.Single(conversation.Messages[0].Fields).Value);
        Assert.Empty(conversation.UnusedColumns);
    }

    [Fact]
    public void Alpaca_rows_become_a_question_and_an_answer()
    {
        var conversation = ConversationFormat.Read(Row(("instruction", " Add. "), ("input", "1, 2\n"), ("output", " 3 ")));

        Assert.Equal(["Add.\n\n1, 2", "3"], conversation.Messages.Select(m => m.Content));
        Assert.Equal(["user", "assistant"], conversation.Messages.Select(m => m.Role));
    }

    [Fact]
    public void Other_rows_are_refused_with_their_columns()
    {
        Assert.Contains("text, url", Assert.Throws<DllmException>(() => ConversationFormat.Read(Row(("text", ""), ("url", "")))).Message);
        Assert.Throws<DllmException>(() => ConversationFormat.Read(Row(("messages", "nope"))));
        Assert.Contains("message 1 has no 'content'", Assert.Throws<DllmException>(
            () => ConversationFormat.Read(Row(("messages", new object?[] { Message(("role", "user"), ("said", "hi")) })))).Message);
        Assert.Throws<DllmException>(() => ConversationFormat.Read(Row(("messages", new object?[] { Message(("content", "no role")) }))));
    }

    [Fact]
    public void ShareGpt_rows_get_the_usual_roles()
    {
        var turns = new object?[]
        {
            Message(("from", "system"), ("value", "s")),
            Message(("from", "human"), ("value", "q")),
            Message(("from", "gpt"), ("value", "a")),
        };
        var conversation = ConversationFormat.Read(Row(("conversations", turns)));

        Assert.Equal(["system", "user", "assistant"], conversation.Messages.Select(m => m.Role));
        Assert.Equal(["s", "q", "a"], conversation.Messages.Select(m => m.Content));
    }
}
