using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Scoring;

/// <summary>A filter's pattern and which of its matches counts (<c>regex_pattern</c>, <c>group_select</c>, <c>fallback</c>).</summary>
/// <param name="Pattern">The pattern.</param>
/// <param name="Select">Which match: from 0, or from the back where negative.</param>
/// <param name="Fallback">What stands for an answer without a match.</param>
internal sealed record RegexSelection(PythonRegex Pattern, int Select, string Fallback)
{
    private const string UsualPattern = @"#### (\-?[0-9\.\,]+)";
    private const string Invalid = "[invalid]";

    /// <summary>Reads a filter's keys.</summary>
    /// <exception cref="DllmException">The pattern is malformed.</exception>
    public static RegexSelection Of(FilterStep step) => new(
        PythonRegex.Of(step.Text("regex_pattern") ?? UsualPattern), step.Number("group_select", 0), step.Text("fallback") ?? Invalid);

    /// <summary>The match that counts, without space around it: of its groups the first that is not empty; null where there is none.</summary>
    public string? Find(string answer) => Find(Pattern, answer);

    /// <summary>As <see cref="Find(string)"/> with another pattern.</summary>
    public string? Find(PythonRegex pattern, string answer)
    {
        var matches = pattern.FindAll(answer);
        int at = Select < 0 ? matches.Count + Select : Select;
        if (at < 0 || at >= matches.Count) return null;
        string? found = matches[at].Length == 1 ? matches[at][0] : Array.Find(matches[at], group => group.Length > 0);
        return found is null ? null : DocumentColumns.Strip(found);
    }
}

/// <summary>Reads of a filter's keys.</summary>
internal static class FilterStepKeys
{
    public static string? Text(this FilterStep step, string key) => step.Arguments[key]?.ToString();

    public static int Number(this FilterStep step, string key, int otherwise) =>
        step.Arguments[key] is { } value && int.TryParse(value.ToString(), out int number) ? number : otherwise;
}
