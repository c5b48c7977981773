using System.Globalization;
using System.Text.RegularExpressions;

namespace Dllm.Data;

/// <summary>
/// The mini-language <c>name[key:value,…]</c> (or <c>key=value,…</c> without a name) by which the original names data sets and other
/// components. Follows its <c>parse_spec</c>: entries whose value is a whole number become <see cref="Numbers"/>, all others
/// <see cref="Texts"/>; brackets count only at the end of the text.
/// </summary>
/// <param name="Name">What stands before the brackets, or null when that is empty or a list of <c>key=value</c>.</param>
/// <param name="Numbers">Values that are whole numbers (underscores between digits allowed), by key.</param>
/// <param name="Texts">All other values, by key; a key is never in both.</param>
public sealed partial record NamedSpec(string? Name, IReadOnlyDictionary<string, int> Numbers, IReadOnlyDictionary<string, string> Texts)
{
    /// <summary>Where the name and each key stand in the text given to <see cref="Parse"/>, counted from 0.</summary>
    public IReadOnlyDictionary<string, int> KeyPositions { get; private init; } = new Dictionary<string, int>();

    /// <summary>Reads one specification.</summary>
    /// <exception cref="SpecFormatException">An entry in brackets has no colon, or a number is beyond 2,147,483,647.</exception>
    public static NamedSpec Parse(string spec)
    {
        var numbers = new Dictionary<string, int>();
        var texts = new Dictionary<string, string>();
        var positions = new Dictionary<string, int>();
        var end = spec.AsSpan().TrimEnd().Length;
        var open = spec.IndexOf('[', 0, end);
        var outer = spec[..end];
        var entries = new List<(string Key, string Value, int Position)>();
        if (open >= 0 && spec[end - 1] == ']')
        {
            outer = spec[..open];
            entries.AddRange(BracketEntries(spec, open + 1, end - 1));
        }

        outer = outer.Trim();
        string? name = null;
        if (outer.Contains('='))
        {
            AddOuterEntries(spec, outer, texts, positions);
        }
        else if (outer.Length > 0)
        {
            name = outer;
        }

        foreach (var (key, value, position) in entries)
        {
            positions[key] = position;
            if (WholeNumber().IsMatch(value))
            {
                numbers[key] = ParseNumber(value, spec, position);
            }
            else
            {
                texts[key] = value;
            }
        }

        foreach (var key in numbers.Keys)
        {
            texts.Remove(key);
        }

        return new NamedSpec(name, numbers, texts) { KeyPositions = positions };
    }

    private static void AddOuterEntries(string spec, string outer, Dictionary<string, string> texts, Dictionary<string, int> positions)
    {
        var position = spec.IndexOf(outer, StringComparison.Ordinal);
        foreach (var part in outer.Split(','))
        {
            if (part.IndexOf('=') is >= 0 and var equals)
            {
                texts[part[..equals]] = part[(equals + 1)..];
                positions[part[..equals]] = position;
            }

            position += part.Length + 1;
        }
    }

    private static IEnumerable<(string Key, string Value, int Position)> BracketEntries(string spec, int start, int end)
    {
        foreach (var part in spec[start..end].Split(','))
        {
            var entry = part.Trim();
            var position = start + (part.Length - part.TrimStart().Length);
            start += part.Length + 1;
            if (entry.Length == 0)
            {
                continue;
            }

            var colon = entry.IndexOf(':');
            if (colon < 0)
            {
                throw new SpecFormatException($"entry '{entry}' has no colon", spec, position, "write key:value, as in name[train:1000]");
            }

            yield return (entry[..colon].Trim(), entry[(colon + 1)..].Trim(), position);
        }
    }

    private static int ParseNumber(string digits, string spec, int position)
    {
        long number = 0;
        foreach (var digit in digits.Where(c => c != '_'))
        {
            number = (number * 10) + CharUnicodeInfo.GetDecimalDigitValue(digit);
            if (number > int.MaxValue)
            {
                throw new SpecFormatException($"number {digits} is beyond {int.MaxValue}", spec, position, "leave it out to take every row");
            }
        }

        return (int)number;
    }

    [GeneratedRegex(@"\A\d(?:_?\d)*\z")]
    private static partial Regex WholeNumber();
}
