using System.CommandLine;
using Dllm.Cli.Options;
using Dllm.Cli.Quickstart.World;

namespace Dllm.Cli.Quickstart;

/// <summary><c>dllm quickstart</c>: the whole story in small, from a base that only fills in blanks to a model that converses.</summary>
internal sealed class QuickstartCommand : Verb
{
    private readonly Option<string?> _outputDir = CliOption.Text(
        "--output-dir", "Where the checkpoint and the loss curve go; runs/quickstart unless given", "DIR");

    private readonly Option<int> _steps = CliOption.Integer("--max-steps", "Optimiser steps of the fine-tuning", QuickstartRecipe.Steps, least: 1);

    private readonly Option<string?> _base = CliOption.Text("--model", "A base to start from; the bundled one unless given", "DIR");

    private readonly Option<string?> _writeData = CliOption.Path(
        "--write-data", "Only write the generated corpus, conversations and tokenizer to a folder: what the recipes train on", "DIR");

    /// <summary>Makes the verb.</summary>
    public QuickstartCommand()
        : base(
            "quickstart",
            "Teaches a small bundled BERT to chat, examines it on questions it never saw, and shows how it answers. Takes some minutes; "
            + "exit code 1 if it gets less than 90 % right.",
            "quickstart",
            "quickstart --write-data data/quickstart")
    {
        Add(_outputDir);
        Add(_steps);
        Add(_base);
        Add(_writeData);
    }

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        if (parsed.GetValue(_writeData) is { } folder)
        {
            WorldFiles.Write(folder);
            terminal.Output.WriteLine($"corpus.jsonl, train.jsonl, heldout.jsonl and the tokenizer are in {folder}");
            return 0;
        }

        Common.StartRuntime(parsed);
        var story = new QuickstartStory(terminal, interruption)
        {
            Base = parsed.GetValue(_base) ?? Path.Combine(AppContext.BaseDirectory, "Quickstart", "Base"),
            OutputDir = parsed.GetValue(_outputDir) ?? Path.Combine("runs", "quickstart"),
            Steps = parsed.GetValue(_steps),
            Seed = (int)(parsed.GetValue(Common.Seed) ?? QuickstartRecipe.Seed),
        };
        return story.Tell();
    }
}
