using System.Text.Json;
using Dllm.Data;

namespace Dllm.Tests.Data;

/// <summary>Rows as data sets, exporters and interfaces write them, and the conversation that each of them means.</summary>
public class ConversationLayoutTests
{
    private static DataRow Row(string json) => new((IReadOnlyDictionary<string, object?>)JsonInput.Value(JsonDocument.Parse(json).RootElement)!)
    {
        Origin = "a.jsonl, line 7",
    };

    private static Conversation Read(string json) => ConversationFormat.Read(Row(json));

    private static string Talk(Conversation conversation) => string.Join(" | ", conversation.Messages.Select(message => $"{message.Role}: {message.Content}"));

    private static string Told(string json) => Assert.Throws<DllmException>(() => Read(json)).Message;

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}""")]
    [InlineData("""{"Messages": [{"Role": "User", "Content": "q"}, {"ROLE": "Assistant", "content": "a"}]}""")]
    [InlineData("""{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}""")]
    [InlineData("""{"conversations": [{"From": "Human", "Value": "q"}, {"from": "GPT", "value": "a"}]}""")]
    [InlineData("""{"conversations": [{"role": "human", "content": "q"}, {"role": "model", "value": "a"}]}""")]
    [InlineData("""{"conversations": [{"from": null, "role": "user", "value": null, "content": "q"}, {"from": "bot", "value": "a"}]}""")]
    [InlineData("""{"conversation": [{"from": "user", "content": "q"}, {"from": "chatgpt", "text": "a"}]}""")]
    [InlineData("""{"dialog": ["q", "a"]}""")]
    [InlineData("""{"messages": "[{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\", \"content\": \"a\"}]"}""")]
    [InlineData("""{"messages": [{"role": "user", "parts": [{"text": "q"}]}, {"role": "model", "parts": [{"text": "a"}]}]}""")]
    [InlineData("""{"messages": null, "instruction": "q", "input": "", "output": "a"}""")]
    [InlineData("""{"instruction": "q", "context": null, "response": "a"}""")]
    [InlineData("""{"prompt": "q", "completion": " a"}""")]
    [InlineData("""{"prompt": "q", "response": "a"}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}]}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "q"}], "completion": "a"}""")]
    [InlineData("""{"Question": "q", "Answer": "a"}""")]
    [InlineData("""{"prompt": "q", "chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}""")]
    [InlineData("""{"conversations": [{"from": "human", "value": "q"}], "chosen": {"from": "gpt", "value": "a"}}""")]
    public void A_question_and_its_answer(string json)
    {
        var conversation = Read(json);

        Assert.Equal("user: q | assistant: a", Talk(conversation));
        Assert.All(conversation.Messages, message => Assert.DoesNotContain("content", message.Fields.Keys));
        Assert.Empty(conversation.UnusedColumns);
        Assert.Equal("a.jsonl, line 7", conversation.Origin);
    }

    [Theory]
    [InlineData("""{"system": "s", "messages": [{"role": "user", "content": "q"}]}""", "system: s | user: q")]
    [InlineData("""{"system_prompt": "s", "question": "q", "response": "a"}""", "system: s | user: q | assistant: a")]
    [InlineData("""{"system": null, "messages": [{"role": "user", "content": "q"}]}""", "user: q")]
    [InlineData("""{"system": " ", "messages": [{"role": "user", "content": "q"}]}""", "user: q")]
    [InlineData("""{"system": "s", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]}""", "system: s | user: q")]
    [InlineData("""{"instruction": "q", "output": "a", "system": "s", "history": [["q1", "a1"], ["q2", "a2"]]}""",
        "system: s | user: q1 | assistant: a1 | user: q2 | assistant: a2 | user: q | assistant: a")]
    [InlineData("""{"instruction": "q", "input": "i", "output": "a", "history": []}""", "user: q\n\ni | assistant: a")]
    [InlineData("""{"question": "q", "answer": 42}""", "user: q | assistant: 42")]
    [InlineData("""{"question": "q", "answer": 0.5}""", "user: q | assistant: 0.5")]
    [InlineData("""{"instruction": "q", "output": null}""", "user: q | assistant: ")]
    public void What_stands_beside_the_messages_is_said_too(string json, string expected)
    {
        var conversation = Read(json);

        Assert.Equal(expected.ReplaceLineEndings("\n"), Talk(conversation));
        Assert.Empty(conversation.UnusedColumns);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"\"")]
    [InlineData("\"null\"")]
    [InlineData("\"[]\"")]
    public void No_tools_are_no_variable(string tools)
        => Assert.Empty(Read($$"""{"tools": {{tools}}, "messages": [{"role": "user", "content": "q"}]}""").Variables);

    [Theory]
    [InlineData("""{"tools": [{"type": "function", "function": {"name": "f", "strict": null}}], "messages": []}""")]
    [InlineData("""{"tools": "[{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]", "messages": []}""")]
    [InlineData("""{"tools": ["{\"type\": \"function\", \"function\": {\"name\": \"f\"}}"], "messages": []}""")]
    [InlineData("""{"functions": [{"name": "f"}], "messages": []}""")]
    public void Tools_reach_the_template(string json)
        => Assert.Equal("""[{"type":"function","function":{"name":"f"}}]""", JsonSerializer.Serialize(Read(json).Variables["tools"]));

    [Fact]
    public void Arguments_of_the_template_reach_it()
    {
        var variables = Read("""{"documents": [{"t": 1}], "chat_template_kwargs": {"enable_thinking": true}, "prompt": "q", "completion": "a"}""").Variables;

        Assert.Equal(["documents", "enable_thinking"], variables.Keys.Order());
        Assert.Equal(true, variables["enable_thinking"]);
    }

    [Theory]
    [InlineData("\"tool_calls\": [{\"id\": \"c\", \"type\": \"function\", \"function\": {\"name\": \"f\", \"arguments\": \"{\\\"x\\\": 1}\"}}], \"content\": null", true)]
    [InlineData("\"tool_calls\": [{\"id\": \"c\", \"function\": {\"name\": \"f\", \"arguments\": {\"x\": 1, \"of_another_row\": null}}}]", true)]
    [InlineData("\"tool_calls\": \"[{\\\"id\\\": \\\"c\\\", \\\"name\\\": \\\"f\\\", \\\"arguments\\\": {\\\"x\\\": 1}}]\"", true)]
    [InlineData("\"function_call\": {\"name\": \"f\", \"arguments\": \"{\\\"x\\\": 1}\"}, \"content\": null", false)]
    [InlineData("\"content\": [{\"type\": \"tool_call\", \"value\": \"{\\\"name\\\": \\\"f\\\", \\\"arguments\\\": {\\\"x\\\": 1}}\"}]", false)]
    [InlineData("\"content\": [{\"type\": \"tool_use\", \"id\": \"c\", \"name\": \"f\", \"input\": {\"x\": 1}}]", true)]
    public void Calls_of_tools_are_as_templates_expect_them(string fields, bool hasId)
    {
        var message = Read($$"""{"messages": [{"role": "assistant", {{fields}}}]}""").Messages[0];

        Assert.Equal(("assistant", ""), (message.Role, message.Content));
        Assert.Equal(
            """[{"type":"function",ID"function":{"name":"f","arguments":{"x":1}}}]""".Replace("ID", hasId ? "\"id\":\"c\"," : "", StringComparison.Ordinal),
            JsonSerializer.Serialize(message.Fields["tool_calls"]));
        Assert.Single(message.Fields);
    }

    [Fact]
    public void ShareGpt_tools_are_called_and_answer()
    {
        var conversation = Read("""
            {"conversations": [{"from": "human", "value": "q"}, {"from": "function_call", "value": "{\"name\": \"f\", \"arguments\": {}}"},
             {"from": "observation", "value": "o"}, {"from": "gpt", "value": "a"}]}
            """);

        Assert.Equal("user: q | assistant:  | tool: o | assistant: a", Talk(conversation));
        Assert.True(conversation.Messages[1].Fields.ContainsKey("tool_calls"));
    }

    [Theory]
    [InlineData("\"tool_calls\": null")]
    [InlineData("\"tool_calls\": [], \"function_call\": null, \"refusal\": null, \"audio\": null, \"name\": null, \"annotations\": []")]
    public void A_field_that_is_null_is_none(string fields)
        => Assert.Empty(Read($$"""{"messages": [{"role": "assistant", "content": "a", {{fields}}}]}""").Messages[0].Fields);

    [Theory]
    [InlineData("null", "")]
    [InlineData("[]", "")]
    [InlineData("""["a", {"type": "text", "text": "b"}, {"type": "input_text", "text": "c"}, {"type": "output_text", "text": "d", "image_url": null}]""", "abcd")]
    [InlineData("""[{"type": "text", "text": null}]""", "")]
    [InlineData("""{"type": "text", "text": "a"}""", "a")]
    public void Content_is_text(string content, string expected)
        => Assert.Equal(expected, Assert.Single(Read($$"""{"messages": [{"role": "user", "content": {{content}}}]}""").Messages).Content);

    [Fact]
    public void Thoughts_among_the_parts_are_the_field_of_thoughts()
    {
        var message = Read("""{"messages": [{"role": "assistant", "content": [{"type": "reasoning", "value": "r"}, {"type": "text", "value": "a"}]}]}""").Messages[0];

        Assert.Equal(("a", "r"), (message.Content, message.Fields["reasoning_content"]));
    }

    [Fact]
    public void A_refusal_is_what_was_said()
        => Assert.Equal("no", Read("""{"messages": [{"role": "assistant", "content": null, "refusal": "no"}]}""").Messages[0].Content);

    [Theory]
    [InlineData("""[{"type": "image", "url": "zoo.png"}, {"type": "text", "text": "q"}]""", "type 'image'")]
    [InlineData("""[{"type": "image_url", "image_url": {"url": "x"}, "text": "q"}]""", "type 'image_url'")]
    [InlineData("""[{"type": "input_audio", "input_audio": {}}]""", "type 'input_audio'")]
    [InlineData("""{"x": 1}""", "a part of x")]
    [InlineData("true", "is True, which is no text")]
    [InlineData("[[1]]", "no text")]
    public void What_a_text_model_cannot_read_is_refused_with_its_place(string content, string told)
    {
        var message = Told($$"""{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": {{content}}}]}""");

        Assert.StartsWith("a.jsonl, line 7: the content of message 2", message);
        Assert.Contains(told, message);
    }

    [Fact]
    public void Columns_that_mean_nothing_are_named_but_for_bookkeeping()
        => Assert.Equal(["rejected", "scores"], Read(
            """{"id": 1, "prompt_id": "x", "source": "s", "prompt": "q", "chosen": "a", "rejected": "b", "scores": 2, "nothing": null}""").UnusedColumns.Order());

    [Fact]
    public void A_system_prompt_that_contradicts_the_conversation_s_own_is_named()
    {
        var conversation = Read("""{"system": "t", "messages": [{"role": "developer", "content": "s"}, {"role": "user", "content": "q"}]}""");

        Assert.Equal("developer: s | user: q", Talk(conversation));
        Assert.Equal(["system"], conversation.UnusedColumns);
    }

    [Theory]
    [InlineData("""{"tools": "call me", "messages": []}""", "'tools' is neither a list")]
    [InlineData("""{"chat_template_kwargs": 1, "messages": []}""", "'chat_template_kwargs' is not an object")]
    [InlineData("""{"history": "h", "instruction": "q", "output": "a"}""", "'history' is no list")]
    [InlineData("""{"messages": [{"role": "assistant", "tool_calls": [1]}]}""", "tool calls")]
    public void Wrong_columns_are_told(string json, string told) => Assert.Contains(told, Told(json));

    [Theory]
    [InlineData("""{"prompt": " q "}""", "user: q", " q ")]
    [InlineData("""{"text": "q"}""", "user: q", "q")]
    [InlineData("""{"instruction": "q", "input": "i", "output": "a"}""", "user: q\n\ni", null)]
    [InlineData("""{"prompt": "q", "system": "s", "completion": "a"}""", "system: s | user: q", null)]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "text", "text": "q"}]}]}""", "user: q", null)]
    [InlineData("""{"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}]}""", "user: q", null)]
    public void A_prompt_needs_no_answer(string json, string expected, string? plain)
    {
        var conversation = ConversationFormat.ReadPrompt(Row(json));

        Assert.Equal(expected, Talk(conversation));
        Assert.Equal(plain, conversation.PlainText);
        Assert.Empty(conversation.UnusedColumns);
    }
}
