using System.Text;

namespace Dllm.Cli.Help;

/// <summary>Text in lines of bounded width: paragraphs, and names with what they mean beside them.</summary>
/// <param name="width">Columns of a line.</param>
internal sealed class Columns(int width)
{
    private const int WidestName = 28;
    private const int Indent = 2;

    private readonly StringBuilder _text = new();

    /// <summary>A paragraph.</summary>
    public Columns Paragraph(string text, int indent = 0)
    {
        foreach (string line in Wrap(text, width - indent)) _text.Append(' ', indent).AppendLine(line);
        return this;
    }

    /// <summary>A line as it is.</summary>
    public Columns Line(string text = "")
    {
        _text.AppendLine(text);
        return this;
    }

    /// <summary>Names, each with its meaning in a column of its own; a long name stands above its meaning.</summary>
    public Columns Table(IReadOnlyList<(string Name, string Meaning)> rows)
    {
        if (rows.Count == 0) return this;
        int names = rows.Max(row => row.Name.Length <= WidestName ? row.Name.Length : 0);
        int start = Indent + names + 2;
        foreach (var (name, meaning) in rows)
        {
            var lines = Wrap(meaning, width - start);
            bool fits = name.Length <= names;
            _text.Append(' ', Indent).Append(fits ? $"{name.PadRight(names + 2)}{lines[0]}".TrimEnd() : name).AppendLine();
            foreach (string line in lines.Skip(fits ? 1 : 0)) _text.Append(' ', start).AppendLine(line);
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static List<string> Wrap(string text, int width)
    {
        var lines = new List<string> { "" };
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines[^1].Length == 0) lines[^1] = word;
            else if (lines[^1].Length + 1 + word.Length <= width) lines[^1] += $" {word}";
            else lines.Add(word);
        }

        return lines;
    }
}
