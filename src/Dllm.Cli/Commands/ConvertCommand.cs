using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Cli.Options;
using Dllm.Models;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm convert …</c>: a checkpoint of one kind from a checkpoint of another.</summary>
internal abstract class ConvertCommand : Verb
{
    private readonly Option<string?> _model = CliOption.Path(
        "--model", "The checkpoint to convert: a folder in Hugging Face layout, or a hub's owner/name[@revision]", "DIR|ID");

    private readonly Option<string?> _output = CliOption.Path("--output", "Where the new checkpoint goes: a new or empty folder", "DIR");

    private readonly HubOptionGroup _hub = new();

    /// <summary>Names the verb.</summary>
    protected ConvertCommand(string name, string description, params string[] examples)
        : base(name, description, examples)
    {
        Add(_model);
        Add(_output);
        Add(_hub, HelpGroup.Advanced);
    }

    /// <inheritdoc/>
    public override (string Name, string Description)? Group => ("convert", "Makes a checkpoint of one kind from one of another.");

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        string name = parsed.GetValue(_model) ?? throw new DllmException("there is no checkpoint to convert", "give --model DIR");
        string output = parsed.GetValue(_output)
            ?? throw new DllmException("there is no place for the new checkpoint", "give --output DIR");
        string directory = _hub.Resolve(parsed, name, terminal, interruption.Token);
        Common.StartRuntime(parsed);
        ConvertedCheckpoint made;
        using (var status = new StatusLine(terminal.Error, terminal.ErrorIsInteractive, terminal.Width))
        {
            status.Update($"converting {name} …");
            made = Convert(parsed, directory, output);
        }

        terminal.Output.WriteLine($"{output}: {made.ModelType}, {made.Tensors} tensors, {made.VocabularySize} tokens{Tokens(made)}");
        return 0;
    }

    /// <summary>Converts.</summary>
    protected abstract ConvertedCheckpoint Convert(ParseResult parsed, string source, string output);

    private static string Tokens(ConvertedCheckpoint made)
    {
        string added = made.AddedTokens == 0 ? "" : $" ({made.AddedTokens} added)";
        return made.Mask is null ? added : $"{added}, mask {made.Mask} is {made.MaskId}";
    }
}

/// <summary><c>dllm convert a2d</c>: an autoregressive model becomes a diffusion model.</summary>
internal sealed class ConvertA2dCommand()
    : ConvertCommand(
        "a2d",
        $"Makes a diffusion model, to be trained, of an autoregressive one ({string.Join(", ", A2dConversion.Sources)}): the same weights "
        + "seen from both sides, and a mask token.",
        "convert a2d --model Qwen/Qwen3-0.6B --output models/a2d-qwen3-0.6b",
        "convert a2d --model models/Llama-3.2-1B --output models/a2d-llama-1b")
{
    /// <inheritdoc/>
    protected override ConvertedCheckpoint Convert(ParseResult parsed, string source, string output) =>
        A2dConversion.Convert(source, output);
}

/// <summary><c>dllm convert editflow</c>: a masked diffusion model gets Edit-Flow heads.</summary>
internal sealed class ConvertEditFlowCommand : ConvertCommand
{
    private const long DefaultSeed = 42;

    /// <summary>Makes the verb.</summary>
    public ConvertEditFlowCommand()
        : base(
            "editflow",
            $"Puts Edit-Flow heads, to be trained, on a masked diffusion model ({string.Join(", ", EditFlowConversion.Sources)}).",
            "convert editflow --model answerdotai/ModernBERT-large --output models/editflow-modernbert",
            "convert editflow --model models/a2d-qwen3-0.6b --output models/editflow-qwen3-0.6b")
    {
    }

    /// <inheritdoc/>
    protected override ConvertedCheckpoint Convert(ParseResult parsed, string source, string output) =>
        EditFlowConversion.Convert(source, output, (ulong)(parsed.GetValue(Common.Seed) ?? DefaultSeed));
}
