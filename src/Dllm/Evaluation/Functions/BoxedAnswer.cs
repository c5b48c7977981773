namespace Dllm.Evaluation.Functions;

/// <summary>The last <c>\boxed{…}</c> (or <c>\fbox{…}</c>, or <c>\boxed …</c> up to a dollar) of a solution in LaTeX.</summary>
internal static class BoxedAnswer
{
    /// <summary>What is in the box; null when there is no box, or it is not closed.</summary>
    public static string? Last(string solution)
    {
        var spaced = solution.LastIndexOf(@"\boxed ", StringComparison.Ordinal);
        if (spaced >= 0)
        {
            var rest = solution[(spaced + @"\boxed ".Length)..];
            var dollar = rest.IndexOf('$');
            return dollar < 0 ? rest : rest[..dollar];
        }

        var at = solution.LastIndexOf(@"\boxed", StringComparison.Ordinal);
        if (at < 0) at = solution.LastIndexOf(@"\fbox", StringComparison.Ordinal);
        return at < 0 ? null : Inside(solution, at);
    }

    private static string? Inside(string text, int at)
    {
        int depth = 0, start = -1;
        for (var i = at; i < text.Length; i++)
        {
            if (text[i] == '{' && depth++ == 0) start = i + 1;
            if (text[i] == '}' && --depth == 0) return text[start..i];
            if (depth < 0) return null;
        }

        return null;
    }
}
