using System.Collections;
using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Help;
using Dllm.Layers;
using Dllm.Models;

namespace Dllm.Cli.Options;

/// <summary>Which checkpoint to open.</summary>
internal sealed class ModelOptions : IEnumerable<Option>
{
    /// <summary>Where <c>dllm quickstart</c> leaves its checkpoint, below the current folder.</summary>
    public static readonly string QuickstartModel = Path.Combine("runs", "quickstart", "model");

    private readonly Option<string?> _model = CliOption.Path(
        "--model",
        "A checkpoint's folder in Hugging Face layout, or a hub's owner/name[@revision]. Without it: what dllm quickstart left here, "
        + "else the bundled one",
        "DIR|ID").In(HelpGroup.Usual);

    private readonly HubOptionGroup _hub = new();

    /// <summary>The hub, which other things than the model may come from too.</summary>
    public HubOptionGroup Hub => _hub;

    // Packed weights are held besides the checkpoint's own: not worth it where that is gigabytes. A fixed bound, so that the same
    // checkpoint is computed in the same way whatever memory is free.
    private const long MostPackedParameters = 1_000_000_000;

    private readonly Option<string?> _chatTemplate = CliOption.Path(
        "--chat-template", "A file with another chat template (Jinja) than the checkpoint's", "FILE");

    private const string Int8 = "int8";

    private readonly Option<string> _quantization = CliOption.Choice(
        "--quantization",
        "int8 computes matrix products in eight bits, on the CPU: half of their time in bfloat16, and a little less exact", "none", "none", Int8);

    /// <summary>Opens the checkpoint and says what is odd about it.</summary>
    /// <exception cref="DllmException">There is none, or it cannot be opened, or it is no diffusion model (no tokenizer or mask token).</exception>
    public OpenedModel Open(ParseResult parsed, CommonOptions common, Terminal terminal, CancellationToken cancellation = default)
    {
        string name = parsed.GetValue(_model) ?? DefaultDirectory();
        string? template = ReadTemplate(parsed.GetValue(_chatTemplate));
        string directory = _hub.Resolve(parsed, name, terminal, cancellation);
        common.StartRuntime(parsed);
        using var status = new StatusLine(terminal.Error, terminal.ErrorIsInteractive, terminal.Width);
        status.Update($"opening {name} …");
        var model = PretrainedModel.Load(directory, common.ReadDtype(parsed), common.ReadDevice(parsed));
        model.Denoiser.Products = Products(parsed, model.Denoiser);
        status.Clear();
        foreach (string warning in model.Warnings) terminal.Warn(warning);
        return new OpenedModel(name, model, template) { Path = directory };
    }

    /// <summary>In which type matrix products are computed, for a report.</summary>
    public string Quantization(ParseResult parsed) => parsed.GetValue(_quantization)!;

    /// <summary>Whether another chat template than the checkpoint's is given.</summary>
    public bool NamesTemplate(ParseResult parsed) => parsed.IsGiven(_chatTemplate);

    /// <summary>The text of a template file; null for null.</summary>
    /// <exception cref="DllmException">The file cannot be read.</exception>
    public static string? ReadTemplate(string? path)
    {
        if (path is null) return null;
        if (!File.Exists(path)) throw new DllmException($"the chat template {path} does not exist", "name a file with a Jinja template");
        return PlainFile.ReadText(path, 16 << 20);
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator()
    {
        yield return _model;
        yield return _chatTemplate;
        yield return _quantization;
        foreach (var option in _hub) yield return option;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ProductKind Products(ParseResult parsed, Denoiser denoiser) =>
        parsed.GetValue(_quantization) == Int8 ? ProductKind.Int8
        : denoiser.parameters().Sum(weight => weight.NumberOfElements) <= MostPackedParameters ? ProductKind.Packed
        : ProductKind.Plain;

    private static string DefaultDirectory()
    {
        string bundled = Path.Combine(AppContext.BaseDirectory, "Quickstart", "Chat");
        foreach (string directory in (string[])[QuickstartModel, bundled])
        {
            if (File.Exists(Path.Combine(directory, "config.json"))) return directory;
        }

        throw new DllmException(
            $"no model is given, and there is none in {QuickstartModel}", "give --model DIR, or run dllm quickstart first");
    }
}
