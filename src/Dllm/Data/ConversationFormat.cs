using System.Collections.Immutable;
using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// Finds the conversation in a row, in the layouts that data sets come in: a list of messages (OpenAI's, ShareGPT's), or columns with a
/// question and its answer (Alpaca's, TRL's), with <c>system</c>, <c>tools</c> and the like beside them. The one reader of conversations:
/// for training, for prompts, and for whatever else is given messages. Names of columns count in any case.
/// </summary>
public static class ConversationFormat
{
    private const string Chosen = "chosen"; // of a preference; "rejected" is named as not used

    private static readonly string[] MessageColumns = ["messages", "conversations", "conversation", "dialog", "dialogue", "chat", "turns"];
    private static readonly string[] QuestionColumns = ["instruction", "prompt", "question", "query"];
    private static readonly string[] InputColumns = ["input", "context"];
    private static readonly string[] AnswerColumns = ["output", "completion", "response", "answer", Chosen];
    private static readonly string[] SystemColumns = ["system", "system_prompt", "system_message"];
    private static readonly string[] ToolColumns = ["tools", "functions"];

    private static readonly string[] Bookkeeping =
    [
        "id", "idx", "index", "uuid", "uid", "hash", "source", "dataset", "dataset_name", "subset", "split", "category", "topic", "tags", "lang",
        "language", "license", "url", "date", "timestamp", "created", "version", "metadata", "meta",
    ];

    private static readonly string[] BookkeepingEndings = ["_id", "_idx", "_index", "_uuid", "_source"];

    /// <summary>The conversation of a row that has the answers too.</summary>
    /// <exception cref="DllmException">The row has none of the layouts, or holds what a text model cannot read; the message says where it was read.</exception>
    public static Conversation Read(DataRow row) => Read(row, isPrompt: false);

    /// <summary>The conversation of a row that asks for an answer: the layouts of <see cref="Read(DataRow)"/>, an answer's column left out, or a mere text.</summary>
    /// <inheritdoc cref="Read(DataRow)"/>
    public static Conversation ReadPrompt(DataRow row) => Read(row, isPrompt: true);

    /// <summary>The conversation of a list of messages.</summary>
    /// <param name="messages">A list of objects with a role and a content, named as any exporter names them; other fields go to the template too.</param>
    /// <exception cref="DllmException">It is not such a list.</exception>
    public static Conversation Messages(object? messages) => new(MessageReader.ReadList(messages));

    /// <summary>An instruction, with its input below, as question; the output as answer; all without surrounding spaces.</summary>
    public static Conversation Alpaca(DataRow row)
        => Conversation.Of(AlpacaPrompt(row.Text("instruction"), row.Text("input")), row.Text("output")?.Trim() ?? "");

    /// <summary>Alpaca's instruction and its input, a blank line between them; no input leaves the instruction alone.</summary>
    public static string AlpacaPrompt(string? instruction, string? input)
    {
        instruction = instruction?.Trim() ?? "";
        return string.IsNullOrWhiteSpace(input) ? instruction : $"{instruction}\n\n{input.Trim()}";
    }

    private static Conversation Read(DataRow row, bool isPrompt)
    {
        try
        {
            var columns = new Columns(row.Values);
            var conversation = Find(columns, isPrompt) ?? throw new DllmException(
                $"a row has columns {string.Join(", ", columns.Names)}, but no {(isPrompt ? "prompt" : "conversation")} in any known layout",
                isPrompt
                    ? "write {\"prompt\": \"…\"} or {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, …]}"
                    : "give conversations as {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, …]}, or an 'instruction' and an 'output'");
            return Complete(conversation, columns) with { Origin = row.Origin };
        }
        catch (DllmException e) when (row.Origin is not null)
        {
            throw new DllmException($"{row.Origin}: {e.Message}", innerException: e);
        }
    }

    private static Conversation? Find(Columns columns, bool isPrompt)
    {
        if (columns.Take(MessageColumns) is { } messages)
        {
            var conversation = Messages(ToolCalls.Parsed(messages));
            return !isPrompt && conversation.Messages is [.., { Role: not "assistant" }] && columns.Take(Chosen) is { } chosen
                ? Answered(conversation.Messages, Said(chosen, "assistant", "the answer"))
                : conversation;
        }

        if (columns.Has(QuestionColumns) && (isPrompt || columns.Has(AnswerColumns)))
        {
            return Pair(columns, isPrompt);
        }

        if (isPrompt && columns.Take("text") is string text)
        {
            return Question(text, text);
        }

        return columns.Has(MessageColumns) ? new Conversation([]) : null;
    }

    /// <summary>A question and its answer, each a text or a list of messages, after what was said before.</summary>
    private static Conversation Pair(Columns columns, bool isPrompt)
    {
        columns.Ignore("text"); // Alpaca's: the whole again, as one text
        var history = History(columns.Take("history"));
        var question = columns.Take(QuestionColumns);
        var input = MessageReader.Text(columns.Take(InputColumns), "the input");
        if (isPrompt)
        {
            columns.Ignore(AnswerColumns);
        }

        var answer = isPrompt ? [] : Said(columns.Take(AnswerColumns), "assistant", "the answer");
        if (question is IReadOnlyList<object?>)
        {
            return Answered([.. history, .. MessageReader.ReadList(question)], answer);
        }

        var written = MessageReader.Text(question, "the question");
        var asked = Question(AlpacaPrompt(written, input), string.IsNullOrWhiteSpace(input) && history.Length == 0 ? written : null);
        return Answered([.. history, .. asked.Messages], answer) with { PlainText = asked.PlainText };
    }

    /// <summary>A conversation with its answer; one that begins with the question again is the whole.</summary>
    private static Conversation Answered(IReadOnlyList<ChatMessage> asked, ChatMessage[] answer)
        => new(answer is [{ Role: not "assistant" }, _, ..] ? answer : [.. asked, .. answer]);

    private static Conversation Question(string text, string? plain) => new([new ChatMessage("user", text)]) { PlainText = plain };

    private static ChatMessage[] Said(object? value, string role, string what) => value is IReadOnlyList<object?> list
        ? MessageReader.ReadList(list)
        : value is IReadOnlyDictionary<string, object?> ? MessageReader.ReadList(new[] { value })
        : [new ChatMessage(role, MessageReader.Text(value, what).Trim())];

    /// <summary>LLaMA-Factory's earlier rounds: a list of pairs of a question and its answer.</summary>
    private static ChatMessage[] History(object? value) => ToolCalls.Parsed(value) switch
    {
        null => [],
        IReadOnlyList<object?> rounds when rounds.All(round => round is IReadOnlyList<object?> { Count: 2 }) => [.. rounds
            .Cast<IReadOnlyList<object?>>()
            .SelectMany(round => Said(round[0], "user", "a question of 'history'").Concat(Said(round[1], "assistant", "an answer of 'history'")))],
        IReadOnlyList<object?> messages => MessageReader.ReadList(messages),
        _ => throw new DllmException("the column 'history' is no list of questions and answers", "write [[\"question\", \"answer\"], …]"),
    };

    /// <summary>Adds what stands beside the messages.</summary>
    private static Conversation Complete(Conversation conversation, Columns columns)
    {
        var variables = new Dictionary<string, object?>();
        if (Tools(columns) is { } tools)
        {
            variables["tools"] = tools;
        }

        if (columns.Take("documents") is { } documents)
        {
            variables["documents"] = ToolCalls.Parsed(documents);
        }

        foreach (var (name, value) in Arguments(columns.Take("chat_template_kwargs")))
        {
            variables[name] = value;
        }

        if (conversation is { Messages.Count: > 0, HasSystemMessage: false }
            && MessageReader.Text(columns.Take(SystemColumns), "the column 'system'") is var system && !string.IsNullOrWhiteSpace(system))
        {
            conversation = conversation.WithSystem(system);
        }
        else if (columns.Peek(SystemColumns) is string own && (conversation.Messages.Count == 0 || own.Trim() == conversation.Messages[0].Content.Trim()))
        {
            columns.Ignore(SystemColumns); // the same once more
        }

        return conversation with
        {
            Variables = variables.Count > 0 ? variables : ImmutableDictionary<string, object?>.Empty,
            PlainText = variables.Count > 0 || conversation.HasSystemMessage ? null : conversation.PlainText,
            UnusedColumns = [.. columns.Rest().Select(column => column.Key).Where(name => !IsBookkeeping(name))],
        };
    }

    private static IReadOnlyList<object?>? Tools(Columns columns)
    {
        var isLegacy = columns.Peek("tools") is null;
        var value = ToolCalls.Parsed(columns.Take(ToolColumns));
        return value switch
        {
            null or IReadOnlyList<object?> { Count: 0 } => null,
            IReadOnlyList<object?> tools => [.. tools.Select(tool => ToolCalls.WithoutNulls(ToolCalls.Parsed(tool)))
                .Select(tool => isLegacy ? new Dictionary<string, object?> { ["type"] = "function", ["function"] = tool } : tool)],
            _ => throw new DllmException("the column 'tools' is neither a list nor the JSON text of one", "give a list of JSON schemas, or null"),
        };
    }

    private static IReadOnlyDictionary<string, object?> Arguments(object? value) => ToolCalls.Parsed(value) switch
    {
        null => ImmutableDictionary<string, object?>.Empty,
        IReadOnlyDictionary<string, object?> map => map,
        _ => throw new DllmException("the column 'chat_template_kwargs' is not an object", "give names and values, such as {\"enable_thinking\": false}"),
    };

    private static bool IsBookkeeping(string name) => Bookkeeping.Contains(name, StringComparer.OrdinalIgnoreCase)
        || BookkeepingEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
