using System.CommandLine;
using System.Globalization;
using Dllm.Cli.Display;
using Dllm.Cli.Options;
using Dllm.Evaluation;
using Dllm.Evaluation.Tasks;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm eval list</c>: the tasks there are, in columns, and of one name all that its file says.</summary>
internal sealed class EvalListCommand : Verb
{
    private readonly Argument<string?> _pattern = new("PATTERN")
    {
        Description = "Names with commas between; * stands for any letters. Without: all but the members of groups. A single name: what it is.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _includePath = EvalTaskOptions.IncludePathOption();

    /// <summary>Makes the verb.</summary>
    public EvalListCommand()
        : base(
            "list", "Lists the tasks, groups and tags that dllm eval knows: name, kind, split that is evaluated, what it asks.",
            "eval list", "eval list gsm8k", "eval list \"mmlu*\" --include-path my-tasks")
    {
        Add(_pattern);
        Add(_includePath);
    }

    /// <inheritdoc/>
    public override (string Name, string Description)? Group => EvalCommand.Parent;

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        var library = EvalTaskOptions.Open(parsed.GetValue(_includePath) ?? [], terminal);
        string? pattern = parsed.GetValue(_pattern);
        var names = pattern is null ? library.Heads : library.Matching(pattern);
        if (pattern is not null && names.Count == 1 && !pattern.Contains('*'))
        {
            foreach (var (label, value) in Details(library.Describe(pattern))) terminal.Output.WriteLine($"{label,-14}{VisibleText.Line(value)}");
            return 0;
        }

        string[][] rows = [["NAME", "KIND", "SPLIT", "WHAT IT ASKS"], .. names.Select(name => Row(library, name, interruption.Token))];
        foreach (string line in TextColumns.Of(rows, terminal.OutputIsInteractive ? terminal.Width : null)) terminal.Output.WriteLine(line);
        if (pattern is null && library.Names.Count > names.Count)
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nand {library.Names.Count - names.Count:N0} members of these groups: dllm eval list \"mmlu*\"; all: dllm eval list \"*\""));
        return 0;
    }

    private static string[] Row(TaskLibrary library, string name, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            var found = library.Describe(name);
            string kind = found.Kind == "task" ? "task" : string.Create(CultureInfo.InvariantCulture, $"{found.Kind} of {found.Tasks.Count}");
            return [name, kind, string.Join(", ", found.Splits), found.Description ?? string.Join(", ", found.Tasks.Select(task => task.DatasetPath).Distinct())];
        }
        catch (DllmException e)
        {
            return [name, "?", "", $"cannot be read: {e.Message}"];
        }
    }

    private static IEnumerable<(string Label, string Value)> Details(TaskSummary found)
    {
        yield return ("name", found.Name);
        if (found.Description is { } what) yield return ("asks", what);
        if (found.Kind != "task")
        {
            yield return ("kind", string.Create(CultureInfo.InvariantCulture, $"{found.Kind} of {found.Tasks.Count} tasks"));
            yield return ("members", string.Join(", ", found.Groups[0].Members));
            foreach (var metric in found.Groups[0].Aggregates)
                yield return ("metric", $"{metric.Metric}, the mean {(metric.WeighsBySize ? "over documents" : "over tasks")}{(metric.Filters.Count > 0 ? $" ({string.Join(", ", metric.Filters)})" : "")}");
        }

        if (found.Tasks.Count == 0) yield break;
        foreach (var (label, values) in Facts(found.Tasks))
        {
            string[] several = [.. values.Where(value => value.Length > 0).Distinct()];
            if (several.Length > 0) yield return (label, several.Length <= 8 ? string.Join("; ", several) : $"{string.Join("; ", several.Take(8))}; … ({several.Length} in all)");
        }
    }

    private static IEnumerable<(string Label, IEnumerable<string> Values)> Facts(IReadOnlyList<TaskDefinition> tasks)
    {
        yield return ("output", tasks.Select(task => task.Scoring.Output switch
        {
            OutputType.MultipleChoice => "multiple_choice: the most likely of given choices",
            OutputType.GenerateUntil => "generate_until: an answer in text",
            OutputType.LogLikelihood => "loglikelihood: of one continuation",
            _ => "loglikelihood_rolling: of whole texts",
        }));
        yield return ("data set", tasks.Select(task => task.DatasetPath + (task.DatasetName is { } name ? $" ({name})" : "")));
        yield return ("evaluated", tasks.Select(task => $"split {task.TestSplit ?? task.ValidationSplit ?? "none"}"));
        yield return ("examples", tasks.Select(task => task.NumFewshot is > 0 and var shots
            ? string.Create(CultureInfo.InvariantCulture, $"{shots} of split {task.Raw["fewshot_split"]?.ToString() ?? task.TrainingSplit ?? task.ValidationSplit ?? task.TestSplit ?? "none"}")
            : "none, unless --num-fewshot"));
        yield return ("metrics", tasks.Select(task => string.Join(", ", task.Scoring.Metrics.Select(metric => metric.Metric))));
        yield return ("filters", tasks.Select(task => string.Join(", ", task.Scoring.Filters.Select(filter => filter.Name).Where(name => name != "none"))));
        yield return ("runs code", tasks.Select(task => task.RunsCode ? "yes: --allow-code-execution" : ""));
        yield return ("version", tasks.Select(task => task.Scoring.Version ?? ""));
    }
}
