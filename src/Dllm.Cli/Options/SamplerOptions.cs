using System.Collections;
using System.CommandLine;
using System.Globalization;
using Dllm.Cli.Options.Samplers;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>Which sampler writes, and how.</summary>
internal sealed class SamplerOptions : IEnumerable<Option>
{
    private const string ModelsOwn = "model";

    private readonly Option<string> _sampler = CliOption.Choice(
        "--sampler", "How masks are filled; what fits the model unless given", ModelsOwn, [ModelsOwn, .. SamplerTable.All]);

    private readonly SamplerOptionSet _options = [];

    /// <summary>
    /// Checks what was given, as far as it can be without the model: where no sampler is named, it is a mistake if none that a model may have
    /// of its own takes it.
    /// </summary>
    /// <exception cref="DllmException">An option is out of its range, or does nothing with the sampler named.</exception>
    public void Check(ParseResult parsed, long? seed)
    {
        string name = parsed.GetValue(_sampler)!;
        string[] possible = name != ModelsOwn ? [name]
            : [.. SamplerTable.ModelsOwn.Where(own => Given(parsed).All(option => SamplerTable.Has(own, option.Name)))];
        var faults = possible.Select(sampler => Fault(sampler, parsed, seed)).ToList();
        if (faults.Count > 0 && faults.TrueForAll(fault => fault is not null)) throw faults[0]!;
    }

    /// <summary>The sampler that was asked for, or that fits the model; of what was not given, what the checkpoint says.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="seed">The seed given, if any.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="DllmException">An option is out of its range or does nothing with the sampler, or that does not suit the model.</exception>
    public ChosenSampler Read(ParseResult parsed, long? seed, OpenedModel model)
    {
        string name = parsed.GetValue(_sampler)!;
        if (name == ModelsOwn) name = model.Model.Family.Samplers[0];
        SamplerTable.RequireFor(name, model.Model);
        var settings = new SamplerSettings(parsed, _options) { Seed = seed, Generation = model.Model.Generation, EndTokenIds = model.EndIds };
        var chosen = Read(name, parsed, settings, model.Model.Family.Samplers);
        // Who gives the option knows how the model was trained.
        string? misreading = parsed.IsGiven(_options.RightShiftLogits) ? null : SamplerTable.FindMisreading(name, model.Model.Family);
        return misreading is null ? chosen : chosen with { Warnings = [misreading, .. chosen.Warnings] };
    }

    /// <summary>
    /// The sampler of a batch. Each batch has draws of its own: equal prompts in different batches are answered differently, and where a
    /// sampler draws for each row by itself, the batch size changes nothing.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="seed">The seed given, if any.</param>
    /// <param name="model">The model.</param>
    /// <param name="first">How many prompts stand before the batch.</param>
    public ISampler Make(ParseResult parsed, long? seed, OpenedModel model, int first) =>
        Read(parsed, first == 0 ? seed : RowSeed.Of(seed ?? 0, first), model).Make(model.Model.Denoiser);

    /// <summary>Whether the number of tokens to write is given.</summary>
    public bool SetsLength(ParseResult parsed) => parsed.IsGiven(_options.MaxNewTokens) || parsed.IsGiven(_options.MaxLength);

    /// <summary>The names of the options given that say how much is written behind a prompt.</summary>
    public IEnumerable<string> GivenLengths(ParseResult parsed) =>
        ((Option[])[_options.MaxNewTokens, _options.MaxLength, _options.MaskLength]).Where(parsed.IsGiven).Select(option => option.Name);

    /// <summary>The columns of a block, where given.</summary>
    public int? BlockSize(ParseResult parsed) => parsed.GetValue(_options.BlockSize);

    /// <summary>Whether logits are read one place to the left by what was given.</summary>
    public bool RightShiftLogits(ParseResult parsed) => parsed.GetValue(_options.RightShiftLogits) ?? false;

    /// <summary>The temperature given, or 0.</summary>
    public double Temperature(ParseResult parsed) => parsed.GetValue(_options.Temperature) ?? 0;

    /// <summary>Names and values of the options in force, as the user would give them.</summary>
    /// <exception cref="DllmException">An option is out of its range or does nothing with the sampler, or that does not suit the model.</exception>
    public IEnumerable<(string Name, string Value)> Describe(ParseResult parsed, long? seed, OpenedModel model)
    {
        var sampler = Read(parsed, seed, model);
        return [("sampler", sampler.Name), .. sampler.InForce, ("seed", (seed ?? 0).ToString(CultureInfo.InvariantCulture))];
    }

    private DllmException? Fault(string sampler, ParseResult parsed, long? seed)
    {
        try
        {
            Read(sampler, parsed, new SamplerSettings(parsed, _options) { Seed = seed }, []);
            return null;
        }
        catch (DllmException e)
        {
            return e;
        }
    }

    private ChosenSampler Read(string name, ParseResult parsed, SamplerSettings settings, IReadOnlyList<string> usual)
    {
        SamplerTable.RequireOptions(name, Given(parsed), usual);
        var sampler = SamplerTable.Read(name, settings);
        var offered = parsed.CommandResult.Command.Options; // a command may have one of another meaning in place of the sampler's
        var inForce = settings.InForce.Where(pair => offered.Contains(pair.Option)).Select(pair => (pair.Option.Name[2..], pair.Value));
        return sampler with { InForce = [.. inForce] };
    }

    private IEnumerable<Option> Given(ParseResult parsed) => _options.Where(parsed.IsGiven);

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => _options.Prepend(_sampler).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
