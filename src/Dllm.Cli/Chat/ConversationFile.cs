using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dllm.Tokenization;

namespace Dllm.Cli.Chat;

/// <summary>Conversations as lines of JSON (<c>{"messages": [{"role": …, "content": …}, …]}</c>): what training and <c>sample --file</c> read.</summary>
internal static class ConversationFile
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Adds a conversation to a file as its last line; makes the file where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="messages">The conversation.</param>
    /// <returns>The number of its line, from 1.</returns>
    /// <exception cref="DllmException">The name does not end in <c>.jsonl</c>, or the file cannot be written.</exception>
    public static int Append(string path, IReadOnlyList<ChatMessage> messages)
    {
        if (!path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
            throw new DllmException($"'{path}' does not end in .jsonl", "name a file such as talk.jsonl: sft and sample --file read those as conversations");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new DllmException($"the folder of '{path}' does not exist", "make it first, or choose another");
        PlainFile.CheckTarget(path);
        try
        {
            bool exists = File.Exists(path);
            int lines = exists ? PlainFile.ReadDamagedLines(path).Count() : 0;
            bool isOpen = exists && new FileInfo(path).Length > 0 && !EndsLine(path);
            File.AppendAllText(path, (isOpen ? "\n" : "") + ToJson(messages) + "\n");
            return lines + 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"'{path}' cannot be written: {e.Message}", "choose another file", e);
        }
    }

    private static bool EndsLine(string path)
    {
        using var stream = PlainFile.OpenRead(path);
        stream.Seek(-1, SeekOrigin.End);
        return stream.ReadByte() == '\n';
    }

    private static string ToJson(IReadOnlyList<ChatMessage> messages)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteStartArray("messages");
            foreach (var message in messages)
            {
                json.WriteStartObject();
                json.WriteString("role", message.Role);
                json.WriteString("content", message.Content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
