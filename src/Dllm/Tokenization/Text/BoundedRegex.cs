using System.Text.RegularExpressions;

namespace Dllm.Tokenization;

/// <summary>Regular expressions that others wrote: a checkpoint, a template. None of them may hold the process.</summary>
internal static class BoundedRegex
{
    /// <summary>Longest pattern in UTF-16 units; the longest published ones have some hundred.</summary>
    public const int LongestPattern = 1 << 14;

    /// <summary>The expression: matched in linear time where the engine can, else each match with a time limit.</summary>
    /// <param name="pattern">The pattern, in .NET's dialect.</param>
    /// <param name="limit">How long one match may take; more than zero.</param>
    /// <param name="options">Options of the usual engine.</param>
    /// <exception cref="ArgumentException">The pattern is malformed or too long.</exception>
    public static Regex Create(string pattern, TimeSpan limit, RegexOptions options = RegexOptions.None)
    {
        CheckLength(pattern);
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, limit);
        }
        catch (NotSupportedException) // it looks around or back, or repeats too often
        {
            return CreateBacktracking(pattern, limit, options);
        }
    }

    /// <summary>The expression as the usual engine matches it, each match with a time limit: for its groups.</summary>
    /// <inheritdoc cref="Create"/>
    public static Regex CreateBacktracking(string pattern, TimeSpan limit, RegexOptions options = RegexOptions.None)
    {
        CheckLength(pattern);
        return new Regex(pattern, options | RegexOptions.CultureInvariant, limit);
    }

    /// <summary>Refuses a pattern that is too long.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    public static void CheckLength(string pattern)
    {
        if (pattern.Length > LongestPattern)
        {
            throw new ArgumentException($"it has {pattern.Length} characters, at most {LongestPattern} are read");
        }
    }
}
