using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Tokenization.Templates;

namespace Dllm.Tokenization;

/// <summary>
/// Keeps what people say apart from a chat template's markup: where a message spells a special token, a mark is set in front of it, which
/// survives the template as any character does; the rendered text tells by it which spellings are text. Only where there is such a spelling.
/// </summary>
/// <param name="spellings">The places of a text at which it spells a special token, ascending.</param>
internal sealed class SaidText(Func<string, IReadOnlyList<int>> spellings)
{
    // Noncharacters, which no text holds that is meant to be exchanged, then those of private use.
    private static readonly (char First, char Last)[] Marks = [('\uFDD0', '\uFDEF'), ('\uE000', '\uF8FF')];

    private readonly HashSet<char> _used = []; // those of the marks that occur in what is said
    private bool _isMarked;
    private char _mark;

    /// <summary>The messages with marks; the same where no special token is spelled.</summary>
    /// <param name="messages">The messages; they hold text, numbers, JSON, lists and dictionaries, as a template reads them.</param>
    public IReadOnlyList<ChatMessage> Mark(IReadOnlyList<ChatMessage> messages)
    {
        ChatTemplate.Guard(() => Note(messages));
        if (!_isMarked) return messages;
        _mark = Marks.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)).Select(code => (char)code)
            .Cast<char?>().FirstOrDefault(mark => !_used.Contains(mark!.Value)) ?? throw new DllmException(
                "a conversation uses every character for private use, so that none is left to mark its special tokens",
                "leave one of U+FDD0 to U+FDEF out of the messages");
        return [.. messages.Select(message => Marked(message))];
    }

    /// <summary>What was rendered of the marked messages, without the marks.</summary>
    public RenderedChat Read(RenderedChat marked)
    {
        if (!_isMarked) return marked;
        string escape = Escape(_mark);
        var text = new StringBuilder(marked.Text.Length);
        var literal = new List<int>();
        var removed = new List<(int Place, int Length)>(); // in units of the marked text
        for (int i = 0; i < marked.Text.Length;)
        {
            int length = marked.Text[i] == _mark ? 1
                : marked.Text[i] == '\\' && string.CompareOrdinal(marked.Text, i, escape, 0, escape.Length) == 0 ? escape.Length : 0;
            if (length == 0)
            {
                text.Append(marked.Text[i++]);
                continue;
            }

            literal.Add(text.Length);
            removed.Add((i, length));
            i += length;
        }

        return new RenderedChat(text.ToString(), Shifted(marked, removed)) { Literal = literal };
    }

    // Spans count code points; the marks before them go.
    private static IReadOnlyList<TextSpan> Shifted(RenderedChat marked, List<(int Place, int Length)> removed)
    {
        if (marked.Generated.Count == 0) return marked.Generated;
        var before = new int[marked.Text.Length + 2]; // by code point of the marked text: those removed in front of it
        int point = 0, gone = 0, next = 0;
        for (int i = 0; i < marked.Text.Length; i += Runes.LengthAt(marked.Text, i))
        {
            if (next < removed.Count && i >= removed[next].Place + removed[next].Length) next++;
            before[point++] = gone;
            if (next < removed.Count && i >= removed[next].Place) gone++;
        }

        before[point] = gone;
        return [.. marked.Generated.Select(span => new TextSpan(span.Start - before[span.Start], span.End - before[span.End]))];
    }

    // As JSON writes it that is to be ASCII.
    private static string Escape(char mark) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)mark:x4}");

    private bool Note(object? value)
    {
        WorkMeter.Step();
        value = Plain(value);
        foreach (object? part in Parts(value)) Note(part);
        if (Text(value) is not { } text) return _isMarked;
        _isMarked = _isMarked || spellings(text).Count > 0;
        foreach (char c in text)
        {
            if (Array.Exists(Marks, range => c >= range.First && c <= range.Last)) _used.Add(c);
        }

        for (int at = text.IndexOf("\\u", StringComparison.Ordinal); at >= 0; at = text.IndexOf("\\u", at + 1, StringComparison.Ordinal))
        {
            if (at + 6 <= text.Length && int.TryParse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code))
                _used.Add((char)code);
        }

        return _isMarked;
    }

    private static object? Plain(object? value) => value switch
    {
        JsonNode node => JsonSerializer.SerializeToElement(node),
        JsonDocument document => document.RootElement,
        IReadOnlyDictionary<string, string> texts => texts.ToDictionary(pair => pair.Key, pair => (object?)pair.Value),
        _ => value,
    };

    private static string? Text(object? value) =>
        value is JsonElement { ValueKind: JsonValueKind.String } element ? element.GetString() : value as string;

    private static IEnumerable<object?> Parts(object? value) => value switch
    {
        ChatMessage message => message.Fields.SelectMany(Pair).Prepend(message.Content).Prepend(message.Role),
        string => [],
        JsonElement { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Select(item => (object?)item),
        JsonElement { ValueKind: JsonValueKind.Object } members =>
            members.EnumerateObject().SelectMany(member => (object?[])[member.Name, member.Value]),
        IReadOnlyDictionary<string, object?> members => members.SelectMany(Pair),
        IEnumerable items => items.Cast<object?>(),
        _ => [],
    };

    private static IEnumerable<object?> Pair(KeyValuePair<string, object?> pair) => [pair.Key, pair.Value];

    private ChatMessage Marked(ChatMessage message) => new(Marked(message.Role), Marked(message.Content)) { Fields = Marked(message.Fields) };

    private object? Marked(object? value) => Plain(value) switch
    {
        string text => Marked(text),
        JsonElement { ValueKind: JsonValueKind.String } text => Marked(text.GetString()!),
        JsonElement { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Select(item => Marked((object?)item)).ToArray(),
        JsonElement { ValueKind: JsonValueKind.Object } members =>
            Marked(members.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, (object?)member.Value))),
        IReadOnlyDictionary<string, object?> members => Marked(members),
        IEnumerable<object?> items => items.Select(Marked).ToArray(),
        { } other => other,
        null => null,
    };

    private OrderedDictionary<string, object?> Marked(IEnumerable<KeyValuePair<string, object?>> members)
    {
        var marked = new OrderedDictionary<string, object?>();
        foreach (var (name, value) in members) marked[Marked(name)] = Marked(value);
        return marked;
    }

    private string Marked(string text)
    {
        IReadOnlyList<int> places = spellings(text);
        if (places.Count == 0) return text;
        var marked = new StringBuilder(text.Length + places.Count);
        int done = 0;
        foreach (int place in places)
        {
            marked.Append(text, done, place - done).Append(_mark);
            done = place;
        }

        return marked.Append(text, done, text.Length - done).ToString();
    }
}
