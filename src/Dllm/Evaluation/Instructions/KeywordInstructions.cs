using System.Text.RegularExpressions;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Instructions;

/// <summary>Words and letters that are to be there, or not. Keywords are patterns, as the original takes them.</summary>
internal static class KeywordInstructions
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5);

    public static InstructionCheck Existence(InstructionArguments arguments)
    {
        Regex[] patterns = [.. arguments.Texts("keywords").Select(word => Pattern(word))];
        return response => patterns.All(pattern => Count(pattern, response) > 0);
    }

    public static InstructionCheck Frequency(InstructionArguments arguments)
    {
        var pattern = Pattern(arguments.Text("keyword").Trim());
        var relation = arguments.Relation("relation", "frequency");
        return response => relation(Count(pattern, response));
    }

    public static InstructionCheck Forbidden(InstructionArguments arguments)
    {
        Regex[] patterns = [.. arguments.Texts("forbidden_words").Select(word => Pattern($@"\b{word}\b"))];
        return response => patterns.All(pattern => Count(pattern, response) == 0);
    }

    /// <summary>
    /// A letter's frequency without regard to case. For what is no letter from a to z (the data set has <c>#</c> and <c>!</c>), the
    /// original counts a letter drawn at random; here the character itself is counted.
    /// </summary>
    public static InstructionCheck LetterFrequency(InstructionArguments arguments)
    {
        var letter = PythonCase.Lower(arguments.Text("letter").Trim());
        var relation = arguments.Relation("let_relation", "let_frequency");
        var pattern = Pattern(Regex.Escape(letter));
        return response => relation(Count(pattern, PythonCase.Lower(response)));
    }

    private static Regex Pattern(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, _limit);
        }
        catch (ArgumentException fault)
        {
            throw new DllmException($"the keyword '{pattern}' is a malformed pattern: {fault.Message}");
        }
    }

    private static int Count(Regex pattern, string response)
    {
        try
        {
            return pattern.Count(response);
        }
        catch (RegexMatchTimeoutException)
        {
            return 0; // a response made to take for ever
        }
    }
}
