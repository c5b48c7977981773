using System.Text.RegularExpressions;

namespace Dllm.Evaluation.Scoring;

/// <summary>Patterns of Python's <c>re</c>, bounded in time.</summary>
internal sealed class PythonRegex
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5);
    private readonly Regex _regex;

    /// <exception cref="DllmException">The pattern is malformed.</exception>
    public PythonRegex(string pattern)
    {
        try
        {
            // \Z ends the text in Python, and .NET's also stands in front of a last line break.
            _regex = new Regex(pattern.Replace(@"\Z", @"\z", StringComparison.Ordinal), RegexOptions.CultureInvariant, _limit);
        }
        catch (ArgumentException fault)
        {
            throw new DllmException($"the pattern '{pattern}' is malformed: {fault.Message}");
        }
    }

    /// <summary>Python's <c>findall</c>: by match, its text, or those of its groups where there are any.</summary>
    public IReadOnlyList<string[]> FindAll(string text)
    {
        try
        {
            return [.. _regex.Matches(text).Select(match => match.Groups.Count == 1
                ? new[] { match.Value }
                : [.. match.Groups.Values.Skip(1).Select(group => group.Value)])];
        }
        catch (RegexMatchTimeoutException)
        {
            return []; // an answer made to take for ever has no match
        }
    }

    /// <summary>Python's <c>re.sub</c> with a fixed text.</summary>
    public string Replace(string text, string by) => _regex.Replace(text, _ => by);
}
