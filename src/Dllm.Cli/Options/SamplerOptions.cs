using System.Collections;
using System.CommandLine;
using Dllm.Checkpoints;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>The sampler's options: names, defaults and meaning are those of <see cref="MdlmSamplerOptions"/>.</summary>
internal sealed class SamplerOptions : IEnumerable<Option>
{
    private static readonly MdlmSamplerOptions Defaults = new();

    private readonly Option<string> _sampler = CliOption.Choice(
        "--sampler", "How masks are filled; what fits the model unless given", "model", ["model", .. SamplerNames.All]);

    private readonly FurtherSamplerOptions _further = [];

    private readonly Option<int> _steps = CliOption.Integer(
        "--steps", "Denoising steps, shared out over the blocks; fewer steps write more tokens at once", Defaults.Steps, least: 1);

    private readonly Option<int?> _maxNewTokens = CliOption.OptionalInteger(
        "--max-new-tokens", "Tokens to write behind each prompt; what --max-length leaves, or 128, unless given", least: 1);

    private readonly Option<int?> _maxLength = CliOption.OptionalInteger(
        "--max-length", "Tokens of the longest prompt and its answer together; used without --max-new-tokens", least: 1);

    private readonly Option<int?> _blockSize = CliOption.OptionalInteger(
        "--block-size", "Tokens of a block; blocks are filled left to right. 128, or all where that is less, unless given", least: 1);

    private readonly Option<double> _temperature = CliOption.Number(
        "--temperature", "Randomness of the proposed tokens: 0 takes the most probable, 1 draws from the model's distribution", Defaults.Temperature);

    private readonly Option<string> _remasking = CliOption.Choice(
        "--remasking", "By what the tokens to keep are chosen", "low_confidence", "low_confidence", "random");

    private readonly Option<bool> _stochasticTransfer = CliOption.Switch(
        "--stochastic-transfer", "Draw the number of tokens of each step instead of rounding the expected one");

    private readonly Option<double> _cfgScale = CliOption.Number(
        "--cfg-scale", "Strength of classifier-free guidance; 0 turns it off, otherwise a step costs twice as much", Defaults.CfgScale);

    private readonly Option<int[]> _cfgKeepTokens = CliOption.Integers(
        "--cfg-keep-tokens", "Token ids that the unconditional half of guidance keeps seeing");

    private readonly Option<int[]> _suppressTokens = CliOption.Integers("--suppress-tokens", "Token ids that are never proposed");

    private readonly Option<int[]> _beginSuppressTokens = CliOption.Integers(
        "--begin-suppress-tokens", "Token ids that count as improbable, so they are written last");

    private readonly Option<double?> _entropyBound = CliOption.OptionalNumber(
        "--entropy-bound", "Write in a step as many tokens as depend little on each other: EB-Sampler's bound, in nats, such as 0.1");

    private readonly Option<double> _remask = CliOption.Number(
        "--remask", "Share of the tokens written that is masked again after each step, the least sure first (ReMDM), such as 0.1", 0);

    private readonly Option<bool> _rightShiftLogits = CliOption.Switch(
        "--right-shift-logits", "Read the logits of a token one place to the left, for models adapted from autoregressive ones");

    private readonly Option<bool> _referenceRng = CliOption.Switch(
        "--reference-rng", "Draw in the original's order, so that its seeded results are reproduced; slower");

    /// <summary>Checks what was given, as far as it can be without the model.</summary>
    /// <exception cref="DllmException">An option is out of its range, or does nothing with the sampler named.</exception>
    public void Check(ParseResult parsed, long? seed)
    {
        string name = parsed.GetValue(_sampler)!;
        if (name != "model") Read(parsed, seed, name, null, []);
        else if (this.Where(option => option != _sampler && parsed.IsGiven(option)).All(option => SamplerNames.Has("mdlm", option.Name)))
            OwnMdlm(parsed, ReadMdlm(parsed, seed, null, []));
    }

    /// <summary>The sampler that was asked for, or that fits the model; of what was not given, what the checkpoint says.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="seed">The seed given, if any.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="DllmException">An option is out of its range or does nothing with the sampler, or that does not suit the model.</exception>
    public ChosenSampler Read(ParseResult parsed, long? seed, OpenedModel model)
    {
        string name = parsed.GetValue(_sampler)!;
        if (name == "model") name = SamplerNames.DefaultFor(model.Model.Config.ModelType);
        SamplerNames.RequireFor(name, model.Model);
        return Read(parsed, seed, name, model.Model.Generation, model.EndIds);
    }

    /// <summary>Whether the number of tokens to write is given.</summary>
    public bool SetsLength(ParseResult parsed) => parsed.IsGiven(_maxNewTokens) || parsed.IsGiven(_maxLength);

    /// <summary>The columns of a block, where given.</summary>
    public int? BlockSize(ParseResult parsed) => parsed.GetValue(_blockSize);

    /// <summary>Whether logits are read one place to the left.</summary>
    public bool RightShiftLogits(ParseResult parsed) => parsed.GetValue(_rightShiftLogits);

    /// <summary>The temperature given.</summary>
    public double Temperature(ParseResult parsed) => parsed.GetValue(_temperature);

    /// <summary>Names and values of the options of a sampler as the user would give them, for <c>/settings</c>.</summary>
    public IEnumerable<(string Name, string Value)> Describe(ParseResult parsed, long? seed, OpenedModel model)
    {
        var sampler = Read(parsed, seed, model);
        yield return ("sampler", SamplerNames.Shown(sampler.Name));
        var mdlm = Describe(ReadMdlm(parsed, seed, model.Model.Generation, model.EndIds) with { BlockAddThreshold = _further.BlockAddThreshold(parsed) }).ToDictionary(pair => pair.Name, pair => pair.Value);
        foreach (var option in this.Where(option => SamplerNames.Has(sampler.Name, option.Name) && parsed.CommandResult.Command.Options.Contains(option)))
        {
            string name = option.Name[2..];
            string given = parsed.GetResult(option) is { Implicit: false } result ? string.Join(',', result.Tokens.Select(t => t.Value)) : "default";
            yield return (name, sampler.Name == "mdlm" ? mdlm[name] : given);
        }

        yield return ("seed", seed?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "default");
    }

    private ChosenSampler Read(ParseResult parsed, long? seed, string name, JsonConfig? generation, IReadOnlyList<int> ends)
    {
        foreach (var option in this.Where(option => option != _sampler && parsed.IsGiven(option) && !SamplerNames.Has(name, option.Name)))
        {
            throw new DllmException(
                $"{option.Name} does nothing with the sampler {SamplerNames.Shown(name)}",
                $"leave it out, or use --sampler {SamplerNames.WithOption(option.Name)}");
        }

        var mdlm = ReadMdlm(parsed, seed, generation, ends);
        if (name != "mdlm") return _further.Read(name, parsed, mdlm, given => this.Any(option => option.Name == given && parsed.IsGiven(option)), ends);
        mdlm = OwnMdlm(parsed, mdlm);
        return ChosenSampler.OnMasks(
            name, model => new MdlmSampler(model, mdlm), CanvasLayout.Left, mdlm.NewTokens, mdlm.FindUnused(), mdlm.RightShiftLogits);
    }

    // What other samplers have under the same name, but with conditions of their own.
    private MdlmSamplerOptions OwnMdlm(ParseResult parsed, MdlmSamplerOptions shared)
    {
        var options = shared with { BlockAddThreshold = _further.BlockAddThreshold(parsed) };
        options.Validate();
        return options;
    }

    private MdlmSamplerOptions ReadMdlm(ParseResult parsed, long? seed, JsonConfig? generation, IReadOnlyList<int> ends)
    {
        int? maxLength = parsed.GetValue(_maxLength);
        var options = new MdlmSamplerOptions
        {
            Steps = (parsed.IsGiven(_steps) ? null : generation?.OptionalInteger("steps", 1)) ?? parsed.GetValue(_steps),
            MaxNewTokens = parsed.GetValue(_maxNewTokens) ?? (maxLength is null ? generation?.OptionalInteger("max_new_tokens", 1) : null),
            MaxLength = maxLength,
            BlockSize = parsed.GetValue(_blockSize),
            Temperature = parsed.GetValue(_temperature),
            Remasking = parsed.GetValue(_remasking) == "random" ? Remasking.Random : Remasking.LowConfidence,
            StochasticTransfer = parsed.GetValue(_stochasticTransfer),
            EntropyBound = parsed.GetValue(_entropyBound),
            RemaskShare = parsed.GetValue(_remask),
            EosEarlyStop = _further.EosEarlyStop(parsed),
            EndTokenIds = ends,
            CfgScale = parsed.GetValue(_cfgScale),
            CfgKeepTokens = parsed.GetValue(_cfgKeepTokens) ?? [],
            SuppressTokens = parsed.GetValue(_suppressTokens) ?? [],
            BeginSuppressTokens = parsed.GetValue(_beginSuppressTokens) ?? [],
            RightShiftLogits = parsed.GetValue(_rightShiftLogits),
            ReferenceRng = parsed.GetValue(_referenceRng),
            Seed = seed,
        };
        options.Validate();
        return options;
    }

    private static IEnumerable<(string Name, string Value)> Describe(MdlmSamplerOptions options)
    {
        static string Number(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        static string Optional(object? value) => value?.ToString() ?? "default";
        static string Ids(IReadOnlyList<int> ids) => ids.Count == 0 ? "none" : string.Join(',', ids);
        yield return ("steps", Number(options.Steps));
        yield return ("max-new-tokens", Optional(options.MaxNewTokens));
        yield return ("max-length", Optional(options.MaxLength));
        yield return ("block-size", Optional(options.BlockSize));
        yield return ("temperature", Number(options.Temperature));
        yield return ("remasking", options.Remasking == Remasking.Random ? "random" : "low_confidence");
        yield return ("entropy-bound", Optional(options.EntropyBound));
        yield return ("block-add-threshold", Optional(options.BlockAddThreshold));
        yield return ("remask", Number(options.RemaskShare));
        yield return ("eos-early-stop", Flag(options.EosEarlyStop));
        yield return ("stochastic-transfer", Flag(options.StochasticTransfer));
        yield return ("cfg-scale", Number(options.CfgScale));
        yield return ("cfg-keep-tokens", Ids(options.CfgKeepTokens));
        yield return ("suppress-tokens", Ids(options.SuppressTokens));
        yield return ("begin-suppress-tokens", Ids(options.BeginSuppressTokens));
        yield return ("right-shift-logits", Flag(options.RightShiftLogits));
        yield return ("reference-rng", Flag(options.ReferenceRng));
        yield return ("seed", Optional(options.Seed));

        static string Flag(bool value) => value ? "true" : "false";
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator()
    {
        yield return _sampler;
        yield return _steps;
        yield return _maxNewTokens;
        yield return _maxLength;
        yield return _blockSize;
        yield return _temperature;
        yield return _remasking;
        yield return _stochasticTransfer;
        yield return _cfgScale;
        yield return _cfgKeepTokens;
        yield return _suppressTokens;
        yield return _beginSuppressTokens;
        yield return _entropyBound;
        yield return _remask;
        yield return _rightShiftLogits;
        yield return _referenceRng;
        foreach (var option in _further) yield return option;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
