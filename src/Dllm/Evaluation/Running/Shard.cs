using System.Globalization;

namespace Dllm.Evaluation.Running;

/// <summary>A part of an evaluation that a process takes: of all documents those whose place leaves a remainder.</summary>
/// <param name="Number">Which part, from 1 to <paramref name="Count"/>.</param>
/// <param name="Count">How many parts there are, at least 1.</param>
public sealed record Shard(int Number, int Count)
{
    /// <summary>Everything.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Whether the part is everything.</summary>
    public bool IsWhole => Count == 1;

    /// <summary>Reads <c>2/8</c>.</summary>
    /// <exception cref="DllmException">It is not of that form, or out of range.</exception>
    public static Shard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        if (parts.Length == 2 && Whole(parts[0], out int number) && Whole(parts[1], out int count) && number >= 1 && number <= count)
            return new Shard(number, count);
        throw new DllmException($"the shard is '{text}'", "give the number of a part and the number of parts, such as 2/8");

        static bool Whole(string part, out int value) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether a document belongs to the part.</summary>
    public bool Has(int document) => document % Count == Number - 1;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Count}");
}
