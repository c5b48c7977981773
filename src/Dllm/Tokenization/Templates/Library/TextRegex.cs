using System.Text;
using System.Text.RegularExpressions;

namespace Dllm.Tokenization.Templates;

/// <summary>Python's <c>re.sub</c>, for patterns that both dialects read alike.</summary>
internal static partial class TextRegex
{
    /// <summary>Replaces the first <paramref name="count"/> matches, all when it is 0 or less, within the rendering's limits.</summary>
    public static string Replace(RenderContext context, string text, string pattern, string replacement, int count)
    {
        try
        {
            var python = pattern.Replace("(?P<", "(?<");
            return GroupReference().IsMatch(replacement)
                ? ReplaceWithGroups(context, text, python, replacement, count)
                : ReplaceWithText(context, text, python, replacement, count);
        }
        catch (ArgumentException e)
        {
            throw TemplateFault.Value($"regex_replace cannot read the pattern '{pattern}': {e.Message}");
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TemplateFault.Limit($"regex_replace with the pattern '{pattern}' takes longer than {e.MatchTimeout.TotalSeconds:0.#} seconds");
        }
    }

    private static string ReplaceWithText(RenderContext context, string text, string pattern, string replacement, int count)
    {
        var result = new StringBuilder();
        var position = 0;
        foreach (var match in BoundedRegex.Create(pattern, WorkMeter.TimeLeft).EnumerateMatches(text))
        {
            context.Meter.LookAtClock();
            context.Spend(1 + replacement.Length);
            result.Append(text, position, match.Index - position).Append(replacement);
            position = match.Index + match.Length;
            if (--count == 0)
                break;
        }
        return result.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>With groups the engine backtracks: the linear one finds those in no time that could be promised.</summary>
    private static string ReplaceWithGroups(RenderContext context, string text, string pattern, string replacement, int count)
    {
        var references = GroupReference().Count(replacement);
        var written = GroupReference().Replace(replacement.Replace("$", "$$"), "$${$1$2}");
        var result = new StringBuilder();
        var position = 0;
        for (var match = BoundedRegex.CreateBacktracking(pattern, WorkMeter.TimeLeft).Match(text); match.Success; match = match.NextMatch())
        {
            context.Meter.LookAtClock();
            context.Spend(1 + replacement.Length + ((long)references * match.Length));
            result.Append(text, position, match.Index - position).Append(match.Result(written));
            position = match.Index + match.Length;
            if (--count == 0)
                break;
        }
        return result.Append(text, position, text.Length - position).ToString();
    }

    [GeneratedRegex(@"\\(?:([0-9]{1,2})|g<(\w+)>)")]
    private static partial Regex GroupReference();
}
