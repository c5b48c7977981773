using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Dllm.Evaluation.Scoring;

/// <summary>
/// Patterns of Python's <c>re</c>, bounded in time: five seconds for all matches in a text, after which there is none. Models write
/// the texts, so a search that takes for ever is an answer without a match, not a fault.
/// </summary>
internal sealed class PythonRegex
{
    private const int MostKept = 512;
    private const int LongestPattern = 1 << 16; // a filter's choices may be sentences
    private const int LongestShown = 200;

    private static readonly TimeSpan _usualLimit = TimeSpan.FromSeconds(5);
    private static readonly ConcurrentDictionary<string, PythonRegex> _kept = new(StringComparer.Ordinal);

    private readonly TimeSpan _limit;
    private readonly Regex _regex;
    private readonly Lazy<Regex> _advancing;

    /// <param name="pattern">The pattern, in Python's writing.</param>
    /// <param name="limit">How long matching in one text may take; five seconds when null.</param>
    /// <exception cref="DllmException">The pattern is malformed.</exception>
    public PythonRegex(string pattern, TimeSpan? limit = null)
    {
        _limit = limit ?? _usualLimit;
        if (pattern.Length > LongestPattern)
            throw new DllmException($"a pattern of {pattern.Length:N0} characters, at most {LongestPattern:N0} are read: '{Shown(pattern)}'");
        try
        {
            var (translated, options) = PythonPattern.Translate(pattern);
            _regex = new Regex(translated, options | RegexOptions.CultureInvariant, _limit);

            // A match that ends where the search began does not count behind an empty match, as Python has it.
            _advancing = new(() => new Regex($@"(?:{translated})(?!\G)", options | RegexOptions.CultureInvariant, _limit));
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException)
        {
            throw new DllmException($"the pattern '{Shown(pattern)}' is malformed: {(fault.Message.Length < 2 * LongestShown ? fault.Message : fault.Message[..LongestShown] + "…")}");
        }
    }

    /// <summary>The pattern, translated once for all documents.</summary>
    /// <exception cref="DllmException">The pattern is malformed.</exception>
    public static PythonRegex Of(string pattern)
    {
        if (_kept.TryGetValue(pattern, out var kept)) return kept;
        var made = new PythonRegex(pattern);
        if (_kept.Count < MostKept) _kept.TryAdd(pattern, made);
        return made;
    }

    /// <summary>Python's <c>search</c>: the groups of the first match, the whole at 0; null where there is none.</summary>
    public string[]? Search(string text) =>
        Matches(text, most: 1) is [var match] ? [.. match.Groups.Values.Select(group => group.Value)] : null;

    /// <summary>Python's <c>findall</c>: by match, its text, or those of its groups where there are any.</summary>
    public IReadOnlyList<string[]> FindAll(string text) => [.. (Matches(text) ?? []).Select(match => match.Groups.Count == 1
        ? new[] { match.Value }
        : [.. match.Groups.Values.Skip(1).Select(group => group.Value)])];

    /// <summary>Python's <c>sub</c> with a fixed text; the text itself where matching takes too long.</summary>
    public string Replace(string text, string by)
    {
        if (Matches(text) is not { Count: > 0 } matches) return text;
        var result = new StringBuilder();
        int from = 0;
        foreach (var match in matches)
        {
            result.Append(text, from, match.Index - from).Append(by);
            from = match.Index + match.Length;
        }

        return result.Append(text, from, text.Length - from).ToString();
    }

    private static string Shown(string pattern) => pattern.Length <= LongestShown ? pattern : pattern[..LongestShown] + "…";

    private List<Match>? Matches(string text, int most = int.MaxValue)
    {
        var found = new List<Match>();
        long start = Stopwatch.GetTimestamp();
        try
        {
            for (var match = _regex.Match(text); match.Success && found.Count < most; match = Next(text, match))
            {
                found.Add(match);
                if (Stopwatch.GetElapsedTime(start) > _limit) return null;
            }

            return found;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    private Match Next(string text, Match last) => (last.Length == 0 ? _advancing.Value : _regex).Match(text, last.Index + last.Length);
}
