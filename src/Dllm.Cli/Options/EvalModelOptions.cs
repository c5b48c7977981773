using System.Collections;
using System.CommandLine;
using Dllm.Cli.Help;
using Dllm.Evaluation;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>How a model under evaluation answers, besides its sampler's options.</summary>
internal sealed class EvalModelOptions : IEnumerable<Option>
{
    /// <summary>The name of a setting that changes no answer.</summary>
    public const string BatchSizeSetting = "batch-size";

    private readonly Option<string?> _batchSize = CliOption.Text(
        "--" + BatchSizeSetting, "Rows of a forward: a number, or auto for as many as suit their length [default: auto]", "N|auto").In(HelpGroup.Usual);

    private readonly Option<int> _mcNum = CliOption.Integer(
        "--mc-num", "Noisy copies from which a diffusion model's likelihood is estimated", new MonteCarloOptions().Samples, least: 1);

    private readonly Option<int> _mcBatchSize = CliOption.Integer(
        "--mc-batch-size", "Over how many copies the noise is spread evenly; --mc-num is a multiple of it", new MonteCarloOptions().BatchSize, least: 1);

    private readonly Option<string> _nllType = CliOption.Choice(
        "--nll-type", "Dream's likelihood: by noisy copies, or token by token from the left or the right", "mc", "mc", "ar_ftb", "ar_btf");

    private readonly Option<string> _logType = CliOption.Choice(
        "--log-type", "Dream's likelihood: of the target, of the prefix, or of both", "ftb", "ftb", "btf", "union");

    private readonly Option<double> _cfg = CliOption.Number("--cfg", "Strength of classifier-free guidance in likelihoods; 0 turns it off", 0);

    private readonly Option<int?> _spanTokens = CliOption.OptionalInteger(
        "--span-tokens", "Masks of a gap in tasks of infilling; as many as the missing text has unless given", least: 1);

    private readonly Option<bool> _asOriginal = CliOption.Switch(
        "--as-original", "Encode contexts and prompts as the original does: with what the tokenizer puts after texts").In(HelpGroup.Advanced);

    /// <summary>Puts the model under evaluation together.</summary>
    public EvalModel Open(ParseResult parsed, Terminal terminal, OpenedModel opened, SamplerOptionGroup sampler, long seed, bool promptsAreMarkedUp)
    {
        var chosen = sampler.Read(parsed, null, opened); // its seed is each request's own
        SamplerOptionGroup.Warn(chosen, terminal);
        var (definition, options) = (chosen.Sampler, chosen.Options);
        var denoiser = opened.Model.Denoiser;
        var sampling = new AnswerSampling
        {
            Sampler = given => definition.Create(denoiser, options with { Seed = given }),
            Complete = (prompts, settings) => definition.CompletionCanvas(
                prompts,
                TasksSetLength(parsed, opened, sampler) ? options with { MaxNewTokens = settings.MaxNewTokens ?? AutoregressiveTokens } : options,
                opened.CanvasTokens),
            Infill = definition.Infills ? rows => definition.InfillingCanvas(rows, options, opened.CanvasTokens) : null,
            Ends = opened.Ends,
            MaskTokenId = opened.MaskId,
            SpanTokens = parsed.GetValue(_spanTokens),
            IsRandom = options.IsRandom,
            CommitsAreFinal = !definition.RevisesTokens(options),
            BatchSize = BatchSize(parsed),
            MaxPositions = denoiser.MaxPositions,
            Seed = seed,
            Encoding = parsed.GetValue(_asOriginal) ? PromptEncoding.AsOriginal : promptsAreMarkedUp ? PromptEncoding.MarkedUp : PromptEncoding.ToContinue,
        };
        return new EvalModel(denoiser, Likelihoods(parsed, terminal, opened, chosen, seed), new SampledAnswers(opened.Tokenizer, sampling));
    }

    // What says nothing to a likelihood of this kind.
    private IEnumerable<Option> Idle(LikelihoodKind kind, NllType chain) => kind switch
    {
        LikelihoodKind.Autoregressive => [_mcNum, _mcBatchSize, _nllType, _logType, _cfg],
        LikelihoodKind.BlockDiffusion or LikelihoodKind.BlockCausal => [_nllType, _logType, _cfg],
        LikelihoodKind.Dream => chain == NllType.Mc ? [_cfg] : [_mcNum, _mcBatchSize, _cfg],
        _ => [_nllType, _logType],
    };

    private ILikelihoodModel Likelihoods(ParseResult parsed, Terminal terminal, OpenedModel opened, SamplerSettings chosen, long seed)
    {
        var options = new LikelihoodOptions
        {
            McNum = parsed.GetValue(_mcNum),
            McBatchSize = Spread(parsed),
            BatchSize = BatchSize(parsed),
            NllType = parsed.GetValue(_nllType) switch { "ar_ftb" => NllType.ArFtb, "ar_btf" => NllType.ArBtf, _ => NllType.Mc },
            LogType = parsed.GetValue(_logType) switch { "btf" => LikelihoodPart.Prefix, "union" => LikelihoodPart.Both, _ => LikelihoodPart.Target },
            Cfg = parsed.GetValue(_cfg),
            BlockSize = chosen.Options.BlockSize ?? new LikelihoodOptions().BlockSize,
            Seed = seed,
            AsOriginal = parsed.GetValue(_asOriginal),
        };
        options.Validate();
        foreach (var option in Idle(chosen.Sampler.Likelihood, options.NllType).Where(parsed.IsGiven))
            terminal.Warn($"{option.Name} has no effect on the likelihoods of {(chosen.Sampler.IsAutoregressive ? "an autoregressive model" : $"the sampler {chosen.Sampler.Name}")}");
        var (denoiser, tokenizer) = (opened.Model.Denoiser, opened.Tokenizer);
        var shifted = new RightShiftedDenoiser(denoiser);
        bool isShifted = chosen.Options.RightShiftLogits;
        return chosen.Sampler.Likelihood switch
        {
            LikelihoodKind.Autoregressive => new AutoregressiveLikelihoods(denoiser, tokenizer, options),
            LikelihoodKind.BlockDiffusion => new BlockLikelihoods(denoiser, tokenizer, options, new BlockDiffusionLayout(false, isShifted)),
            LikelihoodKind.BlockCausal => new BlockLikelihoods(denoiser, tokenizer, options, new BlockDiffusionLayout(true, false)),
            LikelihoodKind.Dream => DiffusionLikelihoods.Dream(shifted, tokenizer, options, denoiser.MaxPositions, denoiser.Device),
            _ => DiffusionLikelihoods.Masked(
                isShifted ? shifted : denoiser, tokenizer, options, denoiser.MaxPositions, denoiser.Device),
        };
    }

    /// <summary>A sampler's settings for a report: the tasks say how much an autoregressive model writes.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Describe(ParseResult parsed, OpenedModel opened, SamplerOptionGroup sampler, long? seed) =>
        sampler.Describe(parsed, seed, opened).Select(setting => KeyValuePair.Create(
            setting.Name, setting.Name == "max-new-tokens" && TasksSetLength(parsed, opened, sampler) ? $"as each task says, else {AutoregressiveTokens}" : setting.Value));

    /// <summary>The settings for a report, by name.</summary>
    public IEnumerable<KeyValuePair<string, string>> Describe(ParseResult parsed) => this.Select(option => KeyValuePair.Create(option.Name[2..],
        option == _mcBatchSize ? Spread(parsed).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : parsed.Shown(option) ?? (option == _batchSize ? "auto" : option == _spanTokens ? "as many as the missing text has" : "none")));

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => ((IEnumerable<Option>)[_batchSize, _mcNum, _mcBatchSize, _nllType, _logType, _cfg, _spanTokens, _asOriginal]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool TasksSetLength(ParseResult parsed, OpenedModel opened, SamplerOptionGroup sampler) =>
        opened.Model.Family.IsAutoregressive && !sampler.SetsLength(parsed);

    // What the harness lets an autoregressive model write where a task does not say.
    private const int AutoregressiveTokens = 256;

    private int Spread(ParseResult parsed) =>
        parsed.IsGiven(_mcBatchSize) ? parsed.GetValue(_mcBatchSize) : Math.Min(parsed.GetValue(_mcBatchSize), parsed.GetValue(_mcNum));

    private int? BatchSize(ParseResult parsed) => parsed.GetValue(_batchSize) switch
    {
        null or "auto" => null,
        var text when int.TryParse(text, out int rows) && rows >= 1 => rows,
        var text => throw new DllmException($"--batch-size is '{text}'", "give a number of 1 or more, or auto"),
    };
}
