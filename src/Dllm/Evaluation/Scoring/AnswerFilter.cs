using System.Text.Json.Nodes;
using Dllm.Evaluation.Functions;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Scoring;

/// <summary>Turns the raw answers to a request into others; the table of the harness's filters.</summary>
internal static class AnswerFilter
{
    private const string FirstK = "take_first_k";

    private static readonly Dictionary<string, FilterStepFunction> _table = new()
    {
        ["take_first"] = _ => (answers, _) => [.. answers.Take(1)],
        [FirstK] = step => (answers, _) => [.. answers.Take(step.Number("k", 1))],
        ["majority_vote"] = _ => (answers, _) => [.. answers.CountBy(answer => answer).OrderByDescending(pair => pair.Value).Take(1).Select(pair => pair.Key)],
        ["lowercase"] = _ => Each(PythonCase.Lower),
        ["uppercase"] = _ => Each(PythonCase.Upper),
        ["remove_whitespace"] = _ => Each(DocumentColumns.Strip),
        ["map"] = Map,
        ["regex"] = Pattern,
        ["multi_choice_regex"] = step => ChoiceFilter.Make(step, document => document.Texts("choices")),
        ["custom"] = Custom,
    };

    /// <summary>Checks a step before a model is asked.</summary>
    /// <exception cref="DllmException">There is no such filter, or it names an unknown function, or its pattern is malformed.</exception>
    public static void Check(TaskScoring task, FilterStep step)
    {
        Make($"the task {task.Name}", step);
        if (step.Function == FirstK && step.Number("k", 1) is var k && k > task.Repeats)
        {
            throw new DllmException(
                $"the task {task.Name} has a filter that takes {k} answers, but asks {task.Repeats} times", "set 'repeats' to as many at least");
        }
    }

    /// <summary>Runs the steps on the answers to one request.</summary>
    /// <exception cref="DllmException">There is no such filter, or its pattern is malformed.</exception>
    public static IReadOnlyList<string> Apply(FilterDefinition filter, IReadOnlyList<string> answers, JsonObject document)
    {
        foreach (var step in filter.Steps) answers = Make($"the filter '{filter.Name}'", step)(answers, document);
        return answers;
    }

    private static FilterFunction Make(string owner, FilterStep step)
    {
        if (_table.TryGetValue(step.Function, out var make)) return make(step);
        return EvalFunctions.FilterStep(step.Function)?.Invoke(step) ?? throw new DllmException(
            $"{owner} has a filter with the unknown step '{step.Function}'",
            $"use one of {string.Join(", ", _table.Keys)}, or a function that dLLM has");
    }

    private static FilterFunction Each(Func<string, string> change) => (answers, _) => [.. answers.Select(change)];

    private static FilterFunction Custom(FilterStep step)
    {
        string name = step.Text("filter_fn") ?? throw new DllmException("a filter 'custom' has no 'filter_fn'");
        return EvalFunctions.Filter(name) ?? throw new DllmException(
            $"a filter needs the function '{name}', which dLLM does not have",
            NearestName.Of(name, EvalFunctions.ScoringNames) is { } near ? $"is '{near}' meant?" : "Python code of tasks is not run: choose another task");
    }

    private static FilterFunction Map(FilterStep step)
    {
        var names = step.Arguments["mapping_dict"] as JsonObject ?? throw new DllmException("a filter 'map' has no 'mapping_dict'");
        var otherwise = step.Text("default_value");
        return Each(answer => names[answer]?.ToString() ?? otherwise ?? "");
    }

    private static FilterFunction Pattern(FilterStep step)
    {
        var selection = RegexSelection.Of(step);
        return Each(answer => selection.Find(answer) ?? selection.Fallback);
    }
}
