using System.Diagnostics;
using System.Text;

namespace Dllm.Cli.LineEditing;

/// <summary>
/// Makes keys and texts of what a terminal sends: characters of two code units come as one, what is pasted (in brackets, as terminals
/// mark it) as one text with its line breaks, without control codes.
/// </summary>
/// <param name="keys">The keyboard.</param>
internal sealed class KeyReader(IKeySource keys)
{
    // A terminal sends a sequence at once; over a network its parts may come a moment apart.
    private static readonly TimeSpan SequenceTime = TimeSpan.FromMilliseconds(30);

    private ConsoleKeyInfo? _next;

    /// <summary>The next key or text.</summary>
    public KeyStroke Read()
    {
        var key = Next();
        if (key.Key == ConsoleKey.Escape) return Sequence();
        return IsText(key) ? new KeyStroke(Text(key)) : new KeyStroke(null, KeyOf(key), key.Modifiers);
    }

    private ConsoleKeyInfo Next()
    {
        var key = _next ?? keys.Read();
        _next = null;
        return key;
    }

    // Consoles name letters typed with Ctrl by their code alone where the name is not known.
    private static ConsoleKey KeyOf(ConsoleKeyInfo key) => key.Key != ConsoleKey.None || key.KeyChar is '\0' or > (char)26
        ? key.Key : ConsoleKey.A + (key.KeyChar - 1);

    private static bool IsText(ConsoleKeyInfo key) => !char.IsControl(key.KeyChar)
        && ((key.Modifiers & (ConsoleModifiers.Control | ConsoleModifiers.Alt)) is 0 or (ConsoleModifiers.Control | ConsoleModifiers.Alt)); // AltGr

    // All that is typed already: many characters cost one redrawing.
    private string Text(ConsoleKeyInfo first)
    {
        var text = new StringBuilder().Append(first.KeyChar);
        while (char.IsHighSurrogate(text[^1]) || keys.IsAvailable)
        {
            var key = keys.Read();
            if (!IsText(key))
            {
                _next = key;
                break;
            }

            text.Append(key.KeyChar);
        }

        return WellFormed(text);
    }

    // Half of a character is none.
    private static string WellFormed(StringBuilder text) =>
        string.Concat(text.ToString().EnumerateRunes().Where(rune => rune != Rune.ReplacementChar).Select(rune => rune.ToString()));

    private bool IsAvailable()
    {
        if (_next is not null) return true;
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < SequenceTime; Thread.Sleep(1))
        {
            if (keys.IsAvailable) return true;
        }

        return keys.IsAvailable;
    }

    private KeyStroke Sequence()
    {
        if (!IsAvailable()) return new KeyStroke(null, ConsoleKey.Escape);
        var key = Next();
        if (key.KeyChar != '[') return new KeyStroke(null, key.Key, key.Modifiers | ConsoleModifiers.Alt);
        return SequenceEnd() == "200~" ? new KeyStroke(Pasted()) : new KeyStroke(null);
    }

    private string SequenceEnd()
    {
        var sequence = new StringBuilder();
        while (IsAvailable())
        {
            char c = Next().KeyChar;
            sequence.Append(c);
            if (c is >= '@' and <= '~' || sequence.Length > 16) break;
        }

        return sequence.ToString();
    }

    private string Pasted()
    {
        var text = new StringBuilder();
        while (true)
        {
            var key = Next();
            if (key.Key == ConsoleKey.Escape)
            {
                if (IsAvailable() && Next().KeyChar == '[' && SequenceEnd() == "201~") break;
            }
            else if (key.Key == ConsoleKey.Enter || key.KeyChar is '\n' or '\r')
            {
                text.Append('\n');
            }
            else if (key.KeyChar == '\t' || !char.IsControl(key.KeyChar))
            {
                text.Append(key.KeyChar);
            }
        }

        return WellFormed(text).TrimEnd('\n');
    }
}
