using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Scoring;

/// <summary>
/// Finds the letter of the choice that an answer names: by the filter's own pattern, else by the choice's text, else by a letter behind a
/// colon. Of two choices with the same text the later one is named, as the harness has it.
/// </summary>
internal static class ChoiceFilter
{
    /// <summary>Makes the filter of a step's keys.</summary>
    /// <param name="step">The step.</param>
    /// <param name="choicesOf">The texts of a document's choices.</param>
    public static FilterFunction Make(FilterStep step, Func<JsonObject, IEnumerable<string>> choicesOf)
    {
        var selection = RegexSelection.Of(step);
        var simplify = new TextSimplification(step.Arguments, unicodePunctuation: true);
        return (answers, document) =>
        {
            string[] choices = [.. choicesOf(document).Select(choice => simplify.Apply(DocumentColumns.Strip(choice)))];
            string[] letters = [.. choices.Select((_, i) => ((char)('A' + i)).ToString())];
            var byText = new PythonRegex(string.Join('|', choices.Select(Regex.Escape)));
            var byLetter = new PythonRegex($@":[\s]*({string.Join('|', letters)})");
            return [.. answers.Select(answer =>
                NotEmpty(selection.Find(answer))
                ?? NotEmpty(Letter(selection.Find(byText, simplify.Apply(answer)), choices))
                ?? NotEmpty(Letter(selection.Find(byLetter, answer), letters))
                ?? selection.Fallback)];
        };
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string? Letter(string? found, string[] names) =>
        found is null || Array.LastIndexOf(names, found) is var at && at < 0 ? found : $"({(char)('A' + at)})";
}
