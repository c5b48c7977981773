namespace Dllm.Tokenization;

/// <summary>Reads a pattern: <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
internal static class PatternReader
{
    public static ITextPattern Read(JsonSection section)
    {
        if (section.TryGet("String") is { } literal)
        {
            return new LiteralPattern(literal.Text());
        }

        return RegexPattern.Read(section.Get("Regex"));
    }

    /// <summary>A scanner for the splitting patterns that are written by hand, or null. Each of them matches everything.</summary>
    public static IWordScanner? ScannerOf(JsonSection section) => section.OptionalText("Regex") switch
    {
        Gpt2Pattern.Source => new Gpt2Pattern(),
        DigitGroupPattern.SourceOfThree => new DigitGroupPattern(3),
        DigitGroupPattern.SourceOfOne => new DigitGroupPattern(1),
        _ => null,
    };
}
