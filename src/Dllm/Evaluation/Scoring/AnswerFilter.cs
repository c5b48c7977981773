using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Scoring;

/// <summary>Turns the raw answers to a request into others; the table of the harness's filters.</summary>
internal static class AnswerFilter
{
    private const string Invalid = "[invalid]";

    private static readonly Dictionary<string, Func<FilterStep, Func<IReadOnlyList<string>, JsonObject, IReadOnlyList<string>>>> _table = new()
    {
        ["take_first"] = _ => (answers, _) => [.. answers.Take(1)],
        ["take_first_k"] = step => (answers, _) => [.. answers.Take(Number(step, "k", 1))],
        ["majority_vote"] = _ => (answers, _) => answers.Count == 0 ? [] : [answers.CountBy(answer => answer).MaxBy(pair => pair.Value).Key],
        ["lowercase"] = _ => Each(answer => answer.ToLowerInvariant()),
        ["uppercase"] = _ => Each(answer => answer.ToUpperInvariant()),
        ["remove_whitespace"] = _ => Each(DocumentColumns.Strip),
        ["map"] = Map,
        ["regex"] = Pattern,
        ["multi_choice_regex"] = MultipleChoice,
        ["custom"] = Custom,
    };

    /// <summary>Checks a step before a model is asked.</summary>
    /// <exception cref="DllmException">There is no such filter, or it names an unknown function, or its pattern is malformed.</exception>
    public static void Check(string task, FilterStep step)
    {
        if (!_table.TryGetValue(step.Function, out var make))
        {
            throw new DllmException(
                $"the task {task} has a filter with the unknown step '{step.Function}'", $"use one of {string.Join(", ", _table.Keys)}");
        }

        make(step);
    }

    /// <summary>Runs the steps on the answers to one request.</summary>
    /// <exception cref="DllmException">There is no such filter, or its pattern is malformed.</exception>
    public static IReadOnlyList<string> Apply(FilterDefinition filter, IReadOnlyList<string> answers, JsonObject document)
    {
        foreach (var step in filter.Steps)
        {
            if (!_table.TryGetValue(step.Function, out var make))
                throw new DllmException($"the filter '{filter.Name}' has the unknown step '{step.Function}'", $"use one of {string.Join(", ", _table.Keys)}");
            answers = make(step)(answers, document);
        }

        return answers;
    }

    private static Func<IReadOnlyList<string>, JsonObject, IReadOnlyList<string>> Each(Func<string, string> change) =>
        (answers, _) => [.. answers.Select(change)];

    private static Func<IReadOnlyList<string>, JsonObject, IReadOnlyList<string>> Custom(FilterStep step)
    {
        string name = Text(step, "filter_fn") ?? throw new DllmException("a filter 'custom' has no 'filter_fn'");
        var function = EvalFunctions.Filter(name) ?? throw new DllmException(
            $"a filter needs the function '{name}', which dLLM does not have",
            NearestName.Of(name, EvalFunctions.ScoringNames) is { } near ? $"is '{near}' meant?" : "Python code of tasks is not run: choose another task");
        return (answers, document) => function(answers, document);
    }

    private static Func<IReadOnlyList<string>, JsonObject, IReadOnlyList<string>> Map(FilterStep step)
    {
        var names = step.Arguments["mapping_dict"] as JsonObject ?? throw new DllmException("a filter 'map' has no 'mapping_dict'");
        var otherwise = step.Arguments["default_value"]?.ToString();
        return Each(answer => names[answer]?.ToString() ?? otherwise ?? "");
    }

    private static Func<IReadOnlyList<string>, JsonObject, IReadOnlyList<string>> Pattern(FilterStep step)
    {
        var regex = PythonRegex.Of(Text(step, "regex_pattern") ?? @"#### (\-?[0-9\.\,]+)");
        var (select, fallback) = (Number(step, "group_select", 0), Text(step, "fallback") ?? Invalid);
        return Each(answer => Select(regex.FindAll(answer), select) is { } found ? DocumentColumns.Strip(found) : fallback);
    }

    // The answer's own mark first, then a choice's text, then a lonely letter behind a colon.
    private static Func<IReadOnlyList<string>, JsonObject, IReadOnlyList<string>> MultipleChoice(FilterStep step)
    {
        var regex = PythonRegex.Of(Text(step, "regex_pattern") ?? @"#### (\-?[0-9\.\,]+)");
        var (select, fallback) = (Number(step, "group_select", 0), Text(step, "fallback") ?? Invalid);
        var simplify = new TextSimplification(step.Arguments, unicodePunctuation: true);
        return (answers, document) =>
        {
            string[] choices = [.. document.Texts("choices").Select(choice => simplify.Apply(DocumentColumns.Strip(choice)))];
            string[] letters = [.. choices.Select((_, i) => ((char)('A' + i)).ToString())];
            var byText = new PythonRegex(string.Join('|', choices.Select(Regex.Escape)));
            var byLetter = new PythonRegex($@":[\s]*({string.Join('|', letters)})");
            string? Letter(string? found, string[] names) => found is null || Array.LastIndexOf(names, found) is var at && at < 0 ? found : $"({letters[at]})";
            return [.. answers.Select(answer =>
                NotEmpty(Strip(Select(regex.FindAll(answer), select)))
                ?? NotEmpty(Letter(Strip(Select(byText.FindAll(simplify.Apply(answer)), select)), choices))
                ?? NotEmpty(Letter(Strip(Select(byLetter.FindAll(answer), select)), letters))
                ?? fallback)];
        };
    }

    private static string? Strip(string? text) => text is null ? null : DocumentColumns.Strip(text);

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    // The match counted from the front or, where negative, from the back; of its groups the first that is not empty.
    private static string? Select(IReadOnlyList<string[]> matches, int select)
    {
        int at = select < 0 ? matches.Count + select : select;
        if (at < 0 || at >= matches.Count) return null;
        return matches[at].Length == 1 ? matches[at][0] : Array.Find(matches[at], group => group.Length > 0);
    }

    private static string? Text(FilterStep step, string key) => step.Arguments[key]?.ToString();

    private static int Number(FilterStep step, string key, int otherwise) =>
        step.Arguments[key] is { } value && int.TryParse(value.ToString(), out int number) ? number : otherwise;
}
