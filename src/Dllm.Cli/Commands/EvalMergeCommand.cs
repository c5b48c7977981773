using System.CommandLine;
using Dllm.Evaluation.Reports;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm eval merge</c>: the shards of an evaluation as one.</summary>
internal sealed class EvalMergeCommand : Verb
{
    private readonly Argument<string> _folder = new("DIR") { Description = "The --output of the shards." };

    /// <summary>Makes the verb.</summary>
    public EvalMergeCommand()
        : base(
            "merge",
            "Joins the shards of an evaluation (dllm eval --shard I/N --output DIR): checks that they belong together and are all there, and "
            + "writes results and reports as if it had been one run.",
            "eval merge runs/eval")
    {
        Add(_folder);
    }

    /// <inheritdoc/>
    public override (string Name, string Description)? Group => EvalCommand.Parent;

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        var folder = new EvalFolder(parsed.GetRequiredValue(_folder));
        var shards = ShardSet.Open(folder);
        var command = DllmCommandLine.Parse([.. shards.Command], terminal, interruption);
        if (command.CommandResult.Command is not EvalCommand eval)
            throw new DllmException($"the shards in '{folder.Path}' were not made by dllm eval", "make them anew");
        var (results, runs) = shards.Merge(eval.Select(command, terminal), eval.ReadOptions(command));
        folder.Write(results, runs);
        terminal.Output.Write(ResultTable.ToMarkdown(results));
        return 0;
    }
}
