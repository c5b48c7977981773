namespace Dllm.Cli.Display;

/// <summary>
/// What a model or a user wrote, as it may be put on a screen: without codes that a terminal would obey, and without those that turn the
/// direction of all that follows.
/// </summary>
internal static class VisibleText
{
    /// <summary>What stands in place of a code.</summary>
    public const char Stand = '·';

    /// <summary>Whether a character is such a code.</summary>
    public static bool IsCode(char c) => char.IsControl(c) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    /// <summary>The text with a dot in place of each code; line ends are kept, as line feeds.</summary>
    /// <param name="text">The text.</param>
    /// <param name="keepsTabs">Whether tabs are kept too.</param>
    public static string Of(string text, bool keepsTabs = true)
    {
        if (!text.Any(IsCode)) return text;
        return string.Concat(text.ReplaceLineEndings("\n").Select(c => c == '\n' || (keepsTabs && c == '\t') || !IsCode(c) ? c : Stand));
    }

    /// <summary>The text on one line.</summary>
    public static string Line(string text) => Of(text.ReplaceLineEndings(" "));

    /// <summary>JSON of the same value, each code in it written as JSON does.</summary>
    public static string Json(string json) => !json.Any(IsCode) ? json : string.Concat(json.Select(
        c => c is '\n' or '\r' or '\t' || !IsCode(c) ? c.ToString() : FormattableString.Invariant($"\\u{(int)c:x4}")));
}
