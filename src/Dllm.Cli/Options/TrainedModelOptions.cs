using System.Collections;
using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Models;
using Dllm.Tokenization;
using TorchSharp;

namespace Dllm.Cli.Options;

/// <summary>What to train: a checkpoint, or a configuration with random weights.</summary>
internal sealed class TrainedModelOptions : IEnumerable<Option>
{
    private readonly Option<string?> _model = CliOption.Path(
        "--model", "A checkpoint's folder to start from, or a hub's owner/name[@revision]", "DIR|ID").In(HelpGroup.Usual);

    private readonly Option<string?> _config = CliOption.Path("--config", "A config.json to start from with random weights", "FILE");

    private readonly Option<string?> _tokenizer = CliOption.Text(
        "--tokenizer", "A folder with the tokenizer's files, or a hub's owner/name; the one beside the model unless given", "DIR|ID");

    private readonly HubOptionGroup _hub = new();

    /// <summary>The hub, which data sets may come from too.</summary>
    public HubOptionGroup Hub => _hub;

    /// <summary>Opens the checkpoint or makes the weights, in float32: what is computed in another type keeps float32 weights.</summary>
    /// <exception cref="DllmException">Not exactly one start is given, or it cannot be opened, or the tokenizer does not fit.</exception>
    public OpenedModel Open(
        ParseResult parsed, CommonOptions common, Terminal terminal, int seed, string? template = null, CancellationToken cancellation = default)
    {
        string? model = parsed.GetValue(_model), config = parsed.GetValue(_config), tokenizer = parsed.GetValue(_tokenizer);
        if (model is null == config is null)
        {
            throw new DllmException(
                model is null ? "there is nothing to train" : "both --model and --config are given",
                "give --model DIR to start from a checkpoint, or --config config.json for random weights");
        }

        string? directory = model is null ? null : _hub.Resolve(parsed, model, terminal, cancellation);
        string? tokenizerDirectory = tokenizer is null ? null : _hub.Resolve(parsed, tokenizer, terminal, cancellation, withWeights: false);
        common.StartRuntime(parsed);
        var device = common.ReadDevice(parsed);
        using var status = new StatusLine(terminal.Error, terminal.ErrorIsInteractive, terminal.Width);
        status.Update($"opening {model ?? config} …");
        var opened = directory is not null ? PretrainedModel.Load(directory, device: device) : FromConfig(config!, seed, device);
        if (opened.Family.IsAutoregressive)
        {
            opened.Dispose();
            throw new DllmException(
                $"{model ?? config} is of {opened.Family.ModelType}, which masked diffusion does not train",
                "make a diffusion model of it first: dllm convert a2d");
        }

        foreach (string warning in opened.Warnings) terminal.Warn(warning);
        if (tokenizerDirectory is not null)
            opened = opened.With(Tokenizer.FromDirectory(tokenizerDirectory).With(TokenizerSetup.For(opened.Config.ModelType)));
        return new OpenedModel(tokenizer ?? model ?? Path.GetDirectoryName(Path.GetFullPath(config!))!, opened, template)
        {
            Path = directory ?? Path.GetDirectoryName(Path.GetFullPath(config!))!,
        };
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => ((IEnumerable<Option>)[_model, _config, _tokenizer, .. _hub]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static PretrainedModel FromConfig(string config, int seed, torch.Device device)
    {
        using var generator = new torch.Generator((ulong)seed, torch.CPU);
        return PretrainedModel.FromConfig(config, generator, device: device);
    }
}
