using System.CommandLine;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Reports;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm eval rerun</c>: repeats a recorded evaluation and compares.</summary>
internal sealed class EvalRerunCommand : Verb
{
    private readonly Argument<string> _results = new("RESULTS") { Description = "A results.json of dllm eval." };

    /// <summary>Makes the verb.</summary>
    public EvalRerunCommand()
        : base(
            "rerun",
            "Repeats the evaluation that a results.json records, from the same working folder, and compares. Exit code 1 if a value differs.",
            "eval rerun runs/eval/results.json",
            "eval rerun runs/eval/results.json --output runs/eval-again")
    {
        Add(_results);
        Add(EvalCommand.Output);
    }

    /// <inheritdoc/>
    public override (string Name, string Description)? Group => EvalCommand.Parent;

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        string path = parsed.GetRequiredValue(_results);
        var recorded = ResultsFile.Read(path);
        string? output = parsed.GetValue(EvalCommand.Output);
        if (output is not null && Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) == Path.GetDirectoryName(Path.GetFullPath(path)))
            throw new DllmException($"{output} holds the answers of {path}, which would be read rather than asked for again", "choose another --output, or leave it out");
        string[] arguments = [.. Recorded(recorded, output)];
        var command = DllmCommandLine.Parse(arguments, terminal, interruption);
        if (command.CommandResult.Command is not EvalCommand eval)
            throw new DllmException($"{path} was not made by dllm eval itself", "rerun the results of one of its shards");
        var repeated = eval.Evaluate(command, terminal, interruption);
        terminal.Output.Write(ResultTable.ToMarkdown(repeated));
        string[] differences = [.. Differences(recorded, repeated)];
        foreach (string difference in differences) terminal.Output.WriteLine(difference);
        if (differences.Length == 0) terminal.Output.WriteLine($"all values equal those in {path}");
        return differences.Length == 0 ? 0 : 1;
    }

    // The recorded command with another folder for results, or none.
    private static IEnumerable<string> Recorded(JsonObject recorded, string? output)
    {
        string[] command = [.. recorded["dllm"]!["command"]!.AsArray().Select(argument => argument!.ToString())];
        for (int i = 0; i < command.Length; i++)
        {
            if (command[i] == EvalCommand.Output.Name) i++;
            else yield return command[i];
        }

        if (output is null) yield break;
        yield return EvalCommand.Output.Name;
        yield return output;
    }

    private static IEnumerable<string> Differences(JsonObject recorded, JsonObject repeated)
    {
        foreach (string key in new[] { "model_sha256", "data_sha256" })
        {
            if (!JsonNode.DeepEquals(recorded["dllm"]![key], repeated["dllm"]![key])) yield return $"{key} differs: not the same {key.Split('_')[0]}";
        }

        foreach (var (task, values) in recorded["results"]!.AsObject())
        {
            foreach (var (name, value) in values as JsonObject ?? [])
            {
                var now = repeated["results"]![task]?[name];
                if (!JsonNode.DeepEquals(value, now)) yield return $"{task}: {name} was {value?.ToJsonString()} and is {now?.ToJsonString() ?? "missing"}";
            }
        }
    }
}
