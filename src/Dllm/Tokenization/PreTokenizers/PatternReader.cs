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

        JsonSection regex = section.Get("Regex");
        return regex.Text() switch
        {
            Gpt2Pattern.Source => new Gpt2Pattern(),
            DigitGroupPattern.SourceOfThree => new DigitGroupPattern(3),
            DigitGroupPattern.SourceOfOne => new DigitGroupPattern(1),
            _ => RegexPattern.Read(regex),
        };
    }
}
