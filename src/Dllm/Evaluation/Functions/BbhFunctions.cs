using System.Text.Json.Nodes;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Functions;

/// <summary>BIG-Bench Hard (Suzgun et al., 2022) without examples: how an answer is found in free text, by the kind of question.</summary>
internal static class BbhFunctions
{
    private static readonly PythonRegex _lettered = new(@"\([A-Z]\)([^\n^(]*)");

    public static IReadOnlyDictionary<string, FilterStepFunction> FilterSteps { get; } = new[] { "bbh.zeroshot", "bbh.cot_zeroshot" }
        .SelectMany(folder => new Dictionary<string, FilterStepFunction>
        {
            [$"{folder}.MultiChoiceRegexFilter"] = step => ChoiceFilter.Make(step, Choices),
            [$"{folder}.MapRegexFilter"] = Mapped,
            [$"{folder}.NumberParseRegexFilter"] = Number,
            [$"{folder}.WordSortFilter"] = _ => Sorted,
        })
        .ToDictionary();

    // The choices stand in the question.
    private static IEnumerable<string> Choices(JsonObject document) => _lettered.FindAll(document.Text("input")).Select(match => match[0]);

    // The first pattern that fits what any of them found gives the answer.
    private static FilterFunction Mapped(FilterStep step)
    {
        var values = step.Arguments["regex_pattern_to_value"] as JsonObject
            ?? throw new DllmException("a filter 'MapRegexFilter' has no 'regex_pattern_to_value'");
        var any = RegexSelection.Of(step) with { Pattern = PythonRegex.Of(string.Join('|', values.Select(pair => pair.Key))) };
        var patterns = values.Select(pair => (Pattern: PythonRegex.Of(pair.Key), Value: pair.Value?.ToString() ?? "")).ToArray();
        var simplify = new TextSimplification(step.Arguments, unicodePunctuation: true);
        return (answers, _) => [.. answers.Select(answer => Value(any.Find(simplify.Apply(answer))) ?? any.Fallback)];

        string? Value(string? found) => string.IsNullOrEmpty(found)
            ? null
            : patterns.FirstOrDefault(pair => !string.IsNullOrEmpty(any.Find(pair.Pattern, simplify.Apply(found)))).Value;
    }

    private static FilterFunction Number(FilterStep step)
    {
        var selection = RegexSelection.Of(step);
        return (answers, _) => [.. answers.Select(answer =>
            (selection.Find(answer) is { Length: > 0 } digits ? digits : NumberWords.Find(answer)) ?? selection.Fallback)];
    }

    // The listed words in the order in which the answer names them last.
    private static IReadOnlyList<string> Sorted(IReadOnlyList<string> answers, JsonObject document)
    {
        string[] parts = document.Text("input").Split("List:");
        if (parts.Length < 2) throw DocumentColumns.Missing(document, "input", "'List:'");
        var word = new PythonRegex(string.Join('|', PythonRegex.Of(@"\S+").FindAll(parts[1]).Select(match => $@"\b{match[0]}\b")));
        return [.. answers.Select(answer => string.Join(' ', word.FindAll(answer).Select(match => match[0]).Reverse().Distinct().Reverse()))];
    }
}
