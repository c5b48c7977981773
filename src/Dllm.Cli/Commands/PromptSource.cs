using System.Text.Json;
using Dllm.Tokenization;

namespace Dllm.Cli.Commands;

/// <summary>A prompt as given: a text, or a conversation from a JSON line.</summary>
/// <param name="Text">The text; of a conversation, its last message.</param>
/// <param name="Messages">The conversation, or null for a plain text.</param>
internal sealed record Prompt(string Text, IReadOnlyList<ChatMessage>? Messages = null);

/// <summary>Where prompts come from: the arguments, a file, or the standard input.</summary>
internal static class PromptSource
{
    /// <summary>
    /// The arguments, or the lines of the file (<c>.jsonl</c>: objects with <c>prompt</c> or <c>messages</c>), or the lines piped in.
    /// </summary>
    /// <param name="what">What the user calls a prompt.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="file">The file; null where none is given.</param>
    /// <param name="terminal">Whose standard input is read.</param>
    /// <param name="interruption">Ends the reading.</param>
    /// <exception cref="DllmException">There is no prompt, or the file cannot be read.</exception>
    public static IReadOnlyList<Prompt> Read(string what, string[] arguments, string? file, Terminal terminal, Interruption interruption)
    {
        if (arguments.Length > 0 && file is not null) throw new DllmException($"{what}s are given both as arguments and by --file", "leave one out");
        if (arguments.Length > 0) return [.. arguments.Select(text => new Prompt(text))];
        if (file is null && terminal.InputIsInteractive) throw Missing(what);
        if (file is not null && !File.Exists(file) && !Directory.Exists(file)) throw new DllmException($"the file {file} does not exist", $"name a file with a {what} a line");
        using var reader = file is null ? null : PlainFile.OpenText(file);
        bool isJson = file?.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ?? false;
        var prompts = new List<Prompt>();
        for (int number = 1; (reader is null ? interruption.ReadLine(terminal.Input) : reader.ReadLine()) is { } line; number++)
        {
            if (line.Length > 0) prompts.Add(isJson ? ParseJson(line, file!, number) : new Prompt(line));
        }

        return prompts.Count > 0 ? prompts : throw Missing(what);
    }

    private const string Shape = "write {\"prompt\": \"…\"} or {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}]}";

    private static DllmException Missing(string what) =>
        new($"there is no {what}", "give it as an argument, in a file with --file, or on the standard input");

    private static Prompt ParseJson(string line, string file, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return Read(document.RootElement) is { } prompt ? prompt
                : throw new DllmException($"{file}, line {number} has neither a prompt nor messages that are texts", Shape);
        }
        catch (JsonException e)
        {
            throw new DllmException($"{file}, line {number} is no JSON: {e.Message}", Shape, e);
        }
    }

    private static Prompt? Read(JsonElement line)
    {
        if (Member(line, "messages") is not { } messages) return Text(line, "prompt") is { } prompt ? new Prompt(prompt) : null;
        if (messages.ValueKind != JsonValueKind.Array) return null;
        var list = new List<ChatMessage>();
        foreach (var message in messages.EnumerateArray())
        {
            if (Text(message, "role") is not { } role || Text(message, "content") is not { } content) return null;
            list.Add(new ChatMessage(role, content));
        }

        return list.Count > 0 ? new Prompt(list[^1].Content, list) : null;
    }

    private static JsonElement? Member(JsonElement line, string name) =>
        line.ValueKind == JsonValueKind.Object && line.TryGetProperty(name, out var member) ? member : null;

    private static string? Text(JsonElement line, string name) =>
        Member(line, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;
}
