using System.Globalization;
using System.Text.Json;

namespace Dllm.Sampling;

/// <summary>The values that an option takes: how they are read, written and bounded.</summary>
/// <typeparam name="T">The type of a value.</typeparam>
public abstract class OptionValue<T>
{
    /// <summary>The values in words, such as "1 or more"; for the end of a sentence.</summary>
    public abstract string Accepts { get; }

    /// <summary>What stands for a value in a help text; null for a switch, which needs none.</summary>
    public virtual string? Placeholder => "N";

    /// <summary>The words that may be given, where there are some words only.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>Reads a value; false where the text is none.</summary>
    public abstract bool TryParse(string text, out T value);

    /// <summary>Whether a value is in range.</summary>
    public abstract bool Contains(T value);

    /// <summary>A value as it would be given; null where it is not set.</summary>
    public abstract string? Format(T value);
}

/// <summary>A whole number.</summary>
/// <param name="least">The smallest.</param>
/// <param name="most">The largest.</param>
internal sealed class WholeNumber(int least, int most) : OptionValue<int>
{
    private readonly NumberRange _range = new(least, most == int.MaxValue ? double.PositiveInfinity : most);

    public override string Accepts => $"a whole number: {_range}";

    public override bool TryParse(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    public override bool Contains(int value) => _range.Contains(value);

    public override string Format(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A number.</summary>
/// <param name="range">The numbers that may be given.</param>
internal sealed class Number(NumberRange range) : OptionValue<double>
{
    public override string Accepts => $"a number: {range}";

    public override string Placeholder => "X";

    public override bool TryParse(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    public override bool Contains(double value) => range.Contains(value);

    public override string Format(double value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A seed, which may be missing.</summary>
internal sealed class SeedNumber : OptionValue<long?>
{
    public override string Accepts => "a whole number of 0 or more";

    public override bool TryParse(string text, out long? value)
    {
        bool isSeed = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seed);
        value = seed;
        return isSeed;
    }

    public override bool Contains(long? value) => true;

    public override string? Format(long? value) => value?.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A value that may be missing.</summary>
internal sealed class Optional<T>(OptionValue<T> inner) : OptionValue<T?>
    where T : struct
{
    public override string Accepts => inner.Accepts;

    public override string? Placeholder => inner.Placeholder;

    public override bool TryParse(string text, out T? value)
    {
        bool isValue = inner.TryParse(text, out var parsed);
        value = parsed;
        return isValue;
    }

    public override bool Contains(T? value) => value is not { } given || inner.Contains(given);

    public override string? Format(T? value) => value is { } given ? inner.Format(given) : null;
}

/// <summary>On or off.</summary>
internal sealed class Switch : OptionValue<bool>
{
    public override string Accepts => "true or false";

    public override string? Placeholder => null;

    public override bool TryParse(string text, out bool value)
    {
        value = text.ToLowerInvariant() is "true" or "yes" or "on";
        return value || text.ToLowerInvariant() is "false" or "no" or "off";
    }

    public override bool Contains(bool value) => true;

    public override string Format(bool value) => value ? "true" : "false";
}

/// <summary>One of the values of an enumeration, each with its word; hyphens and underscores are the same.</summary>
internal sealed class Choice<T>(IReadOnlyDictionary<T, string> words) : OptionValue<T>
    where T : struct, Enum
{
    public Choice()
        : this(Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString())))
    {
    }

    public override string Accepts => $"one of {string.Join(", ", Words)}";

    public override string Placeholder => "NAME";

    public override IReadOnlyList<string> Words { get; } = [.. words.Values];

    public override bool TryParse(string text, out T value)
    {
        string asked = text.Replace('-', '_');
        foreach (var (candidate, word) in words)
        {
            if (word != asked) continue;
            value = candidate;
            return true;
        }

        value = default;
        return false;
    }

    public override bool Contains(T value) => words.ContainsKey(value);

    public override string Format(T value) => words.TryGetValue(value, out string? word) ? word : value.ToString();
}

/// <summary>Token ids with commas between them.</summary>
internal sealed class TokenIds : OptionValue<IReadOnlyList<int>>
{
    public override string Accepts => "whole numbers with commas between them";

    public override string Placeholder => "N,N,…";

    public override bool TryParse(string text, out IReadOnlyList<int> value)
    {
        string[] words = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var ids = new List<int>();
        foreach (string word in words)
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int id)) ids.Add(id);
        }

        value = ids;
        return ids.Count > 0 && ids.Count == words.Length;
    }

    public override bool Contains(IReadOnlyList<int> value) => true; // which ids there are, the vocabulary says

    public override string? Format(IReadOnlyList<int> value) => value.Count == 0 ? null : string.Join(',', value);
}

/// <summary>The usual kinds of values.</summary>
public static class OptionValue
{
    // No canvas is longer and no run has more steps; what is beyond would only exhaust the memory.
    internal const int Most = 1_000_000;

    /// <summary>On or off.</summary>
    public static OptionValue<bool> Switch { get; } = new Switch();

    /// <summary>Token ids with commas between them.</summary>
    public static OptionValue<IReadOnlyList<int>> TokenIds { get; } = new TokenIds();

    /// <summary>A whole number.</summary>
    public static OptionValue<int> Whole(int least = 1, int most = Most) => new WholeNumber(least, most);

    /// <summary>A number; 0 or more unless another range is given.</summary>
    public static OptionValue<double> Number(NumberRange? range = null) => new Number(range ?? new NumberRange());

    /// <summary>A number from 0 to 1, both included.</summary>
    public static OptionValue<double> Probability { get; } = Number(new NumberRange(0, 1));

    /// <summary>One of the values of an enumeration, by its name in snake_case.</summary>
    public static OptionValue<T> Choice<T>()
        where T : struct, Enum => new Choice<T>();

    /// <summary>One of the values of an enumeration, each with its word.</summary>
    public static OptionValue<T> Choice<T>(IReadOnlyDictionary<T, string> words)
        where T : struct, Enum => new Choice<T>(words);

    /// <summary>The same values, or none.</summary>
    public static OptionValue<T?> OrNone<T>(this OptionValue<T> values)
        where T : struct => new Optional<T>(values);
}
