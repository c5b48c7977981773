using System.Globalization;

namespace Dllm.Evaluation;

/// <summary>Lists of token ids in the original's notation, <c>[126081;126348]</c>.</summary>
public static class TokenIdText
{
    /// <summary>The ids; the brackets may be missing, and empty places do not count.</summary>
    /// <exception cref="DllmException">Something between the semicolons is no number.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        text = text.Trim();
        if (text.StartsWith('[') && text.EndsWith(']')) text = text[1..^1];
        return [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(word =>
            int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int id)
                ? id
                : throw new DllmException($"'{word}' is no token id", "write ids with semicolons between them: [5;6]"))];
    }
}
