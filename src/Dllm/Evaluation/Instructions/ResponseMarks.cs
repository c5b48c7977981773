using System.Text.RegularExpressions;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Instructions;

/// <summary>
/// The marks that instructions look for, found as the original's patterns find them, in time that grows with the response's length alone.
/// (.NET's own linear matcher, <c>RegexOptions.NonBacktracking</c>, misses matches of such patterns.)
/// </summary>
internal static partial class ResponseMarks
{
    /// <summary>What stands between <c>***</c>, each with a blank on either side.</summary>
    public static string[] Divided(string response) => Divider().Split(response);

    /// <summary>Text between asterisks of a line, with them.</summary>
    public static IEnumerable<string> Highlights(string response) => Single().Matches(response).Select(match => match.Value);

    /// <summary>Text between double asterisks of a line, with them.</summary>
    public static IEnumerable<string> DoubleHighlights(string response) => Double().Matches(response).Select(match => match.Value);

    /// <summary>Lines that begin with a mark; an asterisk's next character is none.</summary>
    public static int Bullets(string response, char mark)
    {
        var count = 0;
        for (var at = 0; at < response.Length;)
        {
            while (at < response.Length && PythonText.IsWhitespace(response[at])) at++; // over empty lines too
            if (at < response.Length && response[at] == mark && (mark != '*' || (at + 1 < response.Length && response[at + 1] != '*')))
            {
                count++;
                if (mark == '*') at += 2; // which may be a line's end: then the next line belongs to it
            }

            var end = at < response.Length ? response.IndexOf('\n', at) : -1;
            at = end < 0 ? response.Length : end + 1;
        }

        return count;
    }

    /// <summary>Texts in square brackets that stand in one line.</summary>
    public static int Placeholders(string response)
    {
        var count = 0;
        foreach (var line in response.Split('\n'))
        {
            for (var open = line.IndexOf('['); open >= 0;)
            {
                var close = line.IndexOf(']', open);
                if (close < 0) break;
                count++;
                open = line.IndexOf('[', close);
            }
        }

        return count;
    }

    /// <summary>By line, from the first <c>&lt;&lt;</c> to the last <c>&gt;&gt;</c>, with them.</summary>
    public static IEnumerable<string> Titles(string response)
    {
        foreach (var line in response.Split('\n'))
        {
            int open = line.IndexOf("<<", StringComparison.Ordinal), close = line.LastIndexOf(">>", StringComparison.Ordinal);
            if (open >= 0 && close > open + 2) yield return line[open..(close + 2)];
        }
    }

    [GeneratedRegex(@"\s?\*\*\*\s?")]
    private static partial Regex Divider();

    [GeneratedRegex(@"\*[^\n\*]*\*")]
    private static partial Regex Single();

    [GeneratedRegex(@"\*\*[^\n\*]*\*\*")]
    private static partial Regex Double();
}
