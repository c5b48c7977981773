using System.Text.RegularExpressions;
using Dllm.Cli.LineEditing;

namespace Dllm.Tests.Cli.LineEditing;

/// <summary>
/// A keyboard from a text: keys in angle brackets (<c>^A</c> with Ctrl, <c>M-b</c> with Alt, <c>Esc…</c> a sequence as a terminal sends it), all
/// else letters. Between two bracketed keys everything is there at once.
/// </summary>
internal sealed partial class TypedKeys : IKeySource
{
    private readonly Queue<(ConsoleKeyInfo Key, bool Waits)> _keys = new();
    private readonly Action _beforeWaiting;

    /// <summary>Types a text.</summary>
    /// <param name="typed">The text.</param>
    /// <param name="beforeWaiting">Called when the program waits for a key.</param>
    public TypedKeys(string typed, Action beforeWaiting)
    {
        _beforeWaiting = beforeWaiting;
        foreach (Match part in Parts().Matches(typed))
        {
            if (part.Value.StartsWith("<Esc", StringComparison.Ordinal)) Letters("\u001b" + part.Value[4..^1]);
            else if (part.Value[0] == '<') _keys.Enqueue((Key(part.Value[1..^1]), true));
            else Letters(part.Value);
        }
    }

    public bool IsAvailable => _keys.TryPeek(out var next) && !next.Waits;

    public ConsoleKeyInfo Read()
    {
        if (_keys.Peek().Waits) _beforeWaiting();
        return _keys.Dequeue().Key;
    }

    public IDisposable Begin() => new StringReader("");

    private void Letters(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            var key = text[i] switch { '\u001b' => ConsoleKey.Escape, '\r' => ConsoleKey.Enter, _ => default };
            _keys.Enqueue((new ConsoleKeyInfo(text[i], key, false, false, false), i == 0));
        }
    }

    private static ConsoleKeyInfo Key(string name)
    {
        bool control = name[0] == '^', alt = name.StartsWith("M-", StringComparison.Ordinal);
        name = name[(control ? 1 : alt ? 2 : 0)..];
        var key = name is "Left" or "Right" or "Up" or "Down" ? Enum.Parse<ConsoleKey>(name + "Arrow") : Enum.Parse<ConsoleKey>(name, ignoreCase: true);
        return new ConsoleKeyInfo(key == ConsoleKey.Enter ? '\r' : '\0', key, false, alt, control);
    }

    [GeneratedRegex("<[^<>]+>|[^<>]+")]
    private static partial Regex Parts();
}
