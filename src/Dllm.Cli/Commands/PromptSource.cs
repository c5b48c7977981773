using Dllm.Data;
using Dllm.Data.Sources;

namespace Dllm.Cli.Commands;

/// <summary>A prompt as given: a text, or a conversation from a row of a file.</summary>
/// <param name="Text">The text; of a conversation, its last message.</param>
/// <param name="Conversation">The conversation, or null for a plain text.</param>
internal sealed record Prompt(string Text, Conversation? Conversation = null);

/// <summary>Where prompts come from: the arguments, a file, or the standard input.</summary>
internal static class PromptSource
{
    /// <summary>
    /// The arguments, or the rows of the file (those of data sets: <c>.jsonl</c>, <c>.json</c>, <c>.parquet</c>, <c>.csv</c>; a text file's lines),
    /// or the lines piped in.
    /// </summary>
    /// <param name="what">What the user calls a prompt.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="file">The file; null where none is given.</param>
    /// <param name="terminal">Whose standard input is read, and who is told of columns that are not used.</param>
    /// <param name="interruption">Ends the reading.</param>
    /// <exception cref="DllmException">There is no prompt, or the file cannot be read.</exception>
    public static IReadOnlyList<Prompt> Read(string what, string[] arguments, string? file, Terminal terminal, Interruption interruption)
    {
        if (arguments.Length > 0 && file is not null) throw new DllmException($"{what}s are given both as arguments and by --file", "leave one out");
        if (arguments.Length > 0) return [.. arguments.Select(text => new Prompt(text))];
        if (file is null && terminal.InputIsInteractive) throw Missing(what);
        if (file is not null && !File.Exists(file) && !Directory.Exists(file)) throw new DllmException($"the file {file} does not exist", $"name a file with a {what} a line");
        var prompts = file is not null && RowsOf(file) is { } rows ? Read(rows, terminal) : [.. Lines(file, terminal, interruption)];
        return prompts.Count > 0 ? prompts : throw Missing(what);
    }

    private static DllmException Missing(string what) =>
        new($"there is no {what}", "give it as an argument, in a file with --file, or on the standard input");

    private static IEnumerable<Prompt> Lines(string? file, Terminal terminal, Interruption interruption)
    {
        using var reader = file is null ? null : PlainFile.OpenText(file);
        while ((reader is null ? interruption.ReadLine(terminal.Input) : reader.ReadLine()) is { } line)
        {
            if (line.Length > 0) yield return new Prompt(line);
        }
    }

    // A text file is read line by line here, not by paragraphs as for training.
    private static IEnumerable<DataRow>? RowsOf(string file) => RowReaders.All
        .FirstOrDefault(reader => reader is not ParagraphReader && reader.Extensions.Contains(DataFile.Extension(file)))?.Read(file);

    private static List<Prompt> Read(IEnumerable<DataRow> rows, Terminal terminal)
    {
        var unused = new SortedSet<string>(StringComparer.Ordinal);
        var prompts = new List<Prompt>();
        foreach (var row in rows)
        {
            var conversation = ConversationFormat.ReadPrompt(row);
            if (conversation.Messages is [] or [.., { Role: "user", Content: "" }])
                throw new DllmException($"{row.Origin}: nothing is asked", "write {\"prompt\": \"…\"} or {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, …]}");
            unused.UnionWith(conversation.UnusedColumns);
            prompts.Add(conversation.PlainText is { } text ? new Prompt(text) : new Prompt(conversation.Messages[^1].Content, conversation));
        }

        if (unused.Count > 0) terminal.WarnOfUnusedColumns(unused);
        return prompts;
    }
}
