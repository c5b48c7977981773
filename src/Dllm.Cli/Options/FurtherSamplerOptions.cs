using System.Collections;
using System.CommandLine;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>The options that only samplers other than MDLM's have, with the original's names.</summary>
internal sealed class FurtherSamplerOptions : IEnumerable<Option>
{
    private readonly Option<int?> _stepsPerBlock = CliOption.OptionalInteger("--steps-per-block", "Denoising steps of a block", least: 1);

    private readonly Option<double> _topP = CliOption.Number(
        "--top-p", "Keep the most probable tokens until their probabilities add up to this", 1, least: 0, most: 1);

    private readonly Option<int?> _topK = CliOption.OptionalInteger("--top-k", "Keep the most probable tokens only", least: 1);

    private readonly Option<double> _threshold = CliOption.Number(
        "--threshold", "Commit every proposal that is as probable as this; 0.95 with llada2 and llada21 unless given", 0.95, least: 0, most: 1);

    private readonly Option<double> _factor = CliOption.Number("--factor", "Commit by Fast-dLLM's dynamic factor", 1);
    private readonly Option<string> _useCache = CliOption.Enumeration<CacheMode>("--use-cache", "What is kept of earlier steps");

    private readonly Option<double?> _blockAddThreshold = CliOption.OptionalNumber(
        "--block-add-threshold", "Begin the next block when this share of one is written, such as 0.5; with --entropy-bound, --threshold or --factor");

    /// <summary>The share of a block from which on the next one is begun, which samplers of several kinds have.</summary>
    public double? BlockAddThreshold(ParseResult parsed) => parsed.GetValue(_blockAddThreshold);

    private readonly Option<int> _promptInterval = CliOption.Integer(
        "--prompt-interval", "With --use-cache refresh: steps after which everything is computed anew", new FastDllmOptions().PromptInterval, least: 1);

    private readonly Option<int> _responseInterval = CliOption.Integer(
        "--response-interval", "With --use-cache refresh: steps after which what is behind the prompt is", new FastDllmOptions().ResponseInterval, least: 1);


    private readonly Option<string> _alg = CliOption.Choice(
        "--alg", "Which of Dream's rules orders the proposals", "origin", "origin", "maskgit_plus", "topk_margin", "entropy", "confidence_threshold");

    private readonly Option<double> _algTemp = CliOption.Number("--alg-temp", "Randomness of the positions that Dream commits", 0);
    private readonly Option<double> _eps = CliOption.Number("--eps", "The time at which Dream's last step ends", 1e-3);
    private readonly Option<int> _minimalTopk = CliOption.Integer("--minimal-topk", "Bounds the steps of a block of LLaDA2", 1, least: 1);

    /// <summary>Whether texts stop at their end token; samplers of several kinds have this option.</summary>
    public bool EosEarlyStop(ParseResult parsed) => parsed.GetValue(_eosEarlyStop);

    private readonly Option<bool> _eosEarlyStop = CliOption.Switch("--eos-early-stop", "Stop a text as soon as it has come to its end token");

    private readonly Option<double> _editingThreshold = CliOption.Number(
        "--editing-threshold", "Replace a token of the block where another is more probable than this", 0.9, least: 0, most: 1);

    private readonly Option<int> _maxPostSteps = CliOption.Integer("--max-post-steps", "Editing steps behind the last mask of a block", 16);
    private readonly Option<int> _numToTransfer = CliOption.Integer("--num-to-transfer", "Masks that a step fills at least", 1, least: 1);
    private readonly Option<double> _tau = CliOption.Number("--tau", "The time of a step of Edit Flows", 0.01);
    private readonly Option<double> _timeEpsilon = CliOption.Number("--time-epsilon", "How close to 1 the time of Edit Flows comes", 1e-3);
    private readonly Option<int> _maskLength = CliOption.Integer("--mask-length", "Masks that Edit Flows begin with", 128);
    private readonly Option<bool> _editPrompt = CliOption.Switch("--edit-prompt", "Let Edit Flows change the prompt too");
    private readonly Option<bool> _asOriginal = CliOption.Switch(
        "--as-original",
        "Repeat what the original gets wrong too, such as masks that stay in the text; with --reference-rng its seeded results to the letter");

    private readonly Option<bool> _greedy = CliOption.Switch("--greedy", "RND1: take the most probable token (true unless given false)");

    /// <summary>Reads the options of a sampler other than MDLM's.</summary>
    /// <param name="name">The sampler.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="mdlm">The options that it shares with MDLM's sampler, as read.</param>
    /// <param name="isGiven">Whether an option stands on the command line.</param>
    /// <param name="ends">The tokens that end a text.</param>
    public ChosenSampler Read(string name, ParseResult parsed, MdlmSamplerOptions mdlm, Func<string, bool> isGiven, IReadOnlyList<int> ends)
    {
        double? topP = parsed.IsGiven(_topP) ? parsed.GetValue(_topP) : null;
        double? threshold = parsed.IsGiven(_threshold) ? parsed.GetValue(_threshold) : null;
        switch (name)
        {
            case "bd3lm":
                var bd3lm = new Bd3lmOptions
                {
                    Steps = mdlm.Steps,
                    StepsPerBlock = parsed.GetValue(_stepsPerBlock),
                    MaxNewTokens = mdlm.MaxNewTokens,
                    MaxLength = mdlm.MaxLength,
                    BlockSize = mdlm.BlockSize ?? new Bd3lmOptions().BlockSize,
                    Temperature = mdlm.Temperature,
                    Remasking = mdlm.Remasking,
                    StochasticTransfer = mdlm.StochasticTransfer,
                    CfgScale = mdlm.CfgScale,
                    CfgKeepTokens = mdlm.CfgKeepTokens,
                    RightShiftLogits = mdlm.RightShiftLogits,
                    EntropyBound = mdlm.EntropyBound,
                    BlockAddThreshold = parsed.GetValue(_blockAddThreshold),
                    EndTokenIds = ends,
                    AsOriginal = parsed.GetValue(_asOriginal),
                    Seed = mdlm.Seed,
                    ReferenceRng = mdlm.ReferenceRng,
                };
                bd3lm.Validate();
                return ChosenSampler.OnMasks(
                    name, model => new Bd3lmSampler(model, bd3lm), bd3lm.Layout, bd3lm.NewTokens, bd3lm.FindUnused(),
                    startsEmptyRows: bd3lm.RightShiftLogits, padsWithPad: true);
            case "llada2":
                var llada2 = new Llada2Options
                {
                    MaxNewTokens = mdlm.MaxNewTokens ?? new Llada2Options().MaxNewTokens,
                    BlockSize = mdlm.BlockSize ?? new Llada2Options().BlockSize,
                    StepsPerBlock = parsed.GetValue(_stepsPerBlock) ?? new Llada2Options().StepsPerBlock,
                    Temperature = mdlm.Temperature,
                    TopP = topP,
                    TopK = parsed.GetValue(_topK),
                    Threshold = parsed.GetValue(_threshold),
                    MinimalTopk = parsed.GetValue(_minimalTopk),
                    EosEarlyStop = parsed.GetValue(_eosEarlyStop),
                    EndTokenIds = ends,
                    AsOriginal = parsed.GetValue(_asOriginal),
                    Seed = mdlm.Seed,
                    ReferenceRng = mdlm.ReferenceRng,
                };
                llada2.Validate();
                return ChosenSampler.OnMasks(
                    name, model => new Llada2Sampler(model, llada2), llada2.Layout, _ => llada2.MaxNewTokens, llada2.FindUnused(),
                    startsEmptyRows: false, padsWithPad: true);
            case "llada21":
                var llada21 = new Llada21Options
                {
                    MaxNewTokens = mdlm.MaxNewTokens,
                    MaxLength = mdlm.MaxLength,
                    BlockSize = mdlm.BlockSize ?? new Llada21Options().BlockSize,
                    Temperature = mdlm.Temperature,
                    TopP = topP,
                    TopK = parsed.GetValue(_topK),
                    Threshold = parsed.GetValue(_threshold),
                    EditingThreshold = parsed.GetValue(_editingThreshold),
                    MaxPostSteps = parsed.GetValue(_maxPostSteps),
                    NumToTransfer = parsed.GetValue(_numToTransfer),
                    EosEarlyStop = parsed.GetValue(_eosEarlyStop),
                    EndTokenIds = ends,
                    AsOriginal = parsed.GetValue(_asOriginal),
                    Seed = mdlm.Seed,
                    ReferenceRng = mdlm.ReferenceRng,
                };
                llada21.Validate();
                return ChosenSampler.OnMasks(
                    name, model => new Llada21Sampler(model, llada21), llada21.Layout, llada21.NewTokens, llada21.FindUnused(),
                    startsEmptyRows: false, padsWithPad: true);
            case "fast_dllm":
                var fast = new FastDllmOptions
                {
                    Steps = mdlm.Steps,
                    MaxNewTokens = mdlm.MaxNewTokens,
                    MaxLength = mdlm.MaxLength,
                    BlockSize = mdlm.BlockSize,
                    Temperature = mdlm.Temperature,
                    Remasking = mdlm.Remasking,
                    StochasticTransfer = mdlm.StochasticTransfer,
                    SuppressTokens = mdlm.SuppressTokens,
                    RightShiftLogits = mdlm.RightShiftLogits,
                    Cache = parsed.GetEnum<CacheMode>(_useCache),
                    Threshold = threshold,
                    Factor = parsed.IsGiven(_factor) ? parsed.GetValue(_factor) : null,
                    EntropyBound = mdlm.EntropyBound,
                    BlockAddThreshold = parsed.GetValue(_blockAddThreshold),
                    EosEarlyStop = parsed.GetValue(_eosEarlyStop),
                    EndTokenIds = ends,
                    PromptInterval = parsed.GetValue(_promptInterval),
                    ResponseInterval = parsed.GetValue(_responseInterval),
                    AsOriginal = parsed.GetValue(_asOriginal),
                    Seed = mdlm.Seed,
                    ReferenceRng = mdlm.ReferenceRng,
                };
                fast.Validate();
                return ChosenSampler.OnMasks(
                    name, model => new FastDllmSampler(model, fast), fast.Layout, fast.NewTokens, fast.FindUnused(),
                    startsEmptyRows: fast.RightShiftLogits);
            case "dream":
                var defaults = new DreamOptions();
                var dream = new DreamOptions
                {
                    Steps = isGiven("--steps") ? mdlm.Steps : defaults.Steps,
                    MaxNewTokens = mdlm.MaxNewTokens,
                    MaxLength = mdlm.MaxLength,
                    BlockSize = mdlm.BlockSize,
                    Algorithm = ToAlgorithm(parsed.GetValue(_alg)!),
                    AlgorithmTemperature = parsed.GetValue(_algTemp),
                    Epsilon = parsed.GetValue(_eps),
                    Temperature = isGiven("--temperature") ? mdlm.Temperature : defaults.Temperature,
                    TopP = topP ?? defaults.TopP,
                    TopK = parsed.GetValue(_topK) ?? defaults.TopK,
                    StochasticTransfer = mdlm.StochasticTransfer,
                    CfgScale = mdlm.CfgScale,
                    RightShiftLogits = !isGiven("--right-shift-logits") || mdlm.RightShiftLogits,
                    Cache = parsed.GetEnum<CacheMode>(_useCache),
                    Threshold = threshold,
                    EosEarlyStop = parsed.GetValue(_eosEarlyStop),
                    EndTokenIds = ends,
                    AsOriginal = parsed.GetValue(_asOriginal),
                    Seed = mdlm.Seed,
                    ReferenceRng = mdlm.ReferenceRng,
                };
                dream.Validate();
                return ChosenSampler.OnMasks(
                    name, model => new DreamSampler(model, dream), dream.Layout, dream.NewTokens, dream.FindUnused(), startsEmptyRows: true);
            case "ar":
                var autoregressive = new AutoregressiveOptions
                {
                    Temperature = mdlm.Temperature,
                    TopP = topP,
                    TopK = parsed.GetValue(_topK),
                    EndTokenIds = ends,
                    Seed = mdlm.Seed,
                };
                autoregressive.Validate();
                return new ChosenSampler(name)
                {
                    Make = model => new AutoregressiveSampler(model, autoregressive),
                    Complete = (prompts, model) => Canvas.ForCompletion(
                        prompts, mdlm.NewTokens(prompts.Max(prompt => prompt.Count)), model.MaskId, model.Padding(true), model.BeginId(prompts),
                        CanvasLayout.Right),
                };
            case "rnd1":
                var rnd1 = new Rnd1Options
                {
                    Steps = isGiven("--steps") ? mdlm.Steps : new Rnd1Options().Steps,
                    MaxNewTokens = mdlm.MaxNewTokens,
                    MaxLength = mdlm.MaxLength,
                    Greedy = !parsed.IsGiven(_greedy) || parsed.GetValue(_greedy),
                    Temperature = isGiven("--temperature") ? mdlm.Temperature : new Rnd1Options().Temperature,
                    TopK = parsed.GetValue(_topK),
                    TopP = topP,
                    AsOriginal = parsed.GetValue(_asOriginal),
                    Seed = mdlm.Seed,
                    ReferenceRng = mdlm.ReferenceRng,
                };
                rnd1.Validate();
                return new ChosenSampler(name)
                {
                    Make = model => new Rnd1Sampler(model, rnd1),
                    Complete = (prompts, model) => Rnd1Canvas.ForCompletion(
                        prompts, rnd1.NewTokens(prompts.Max(prompt => prompt.Count)), model.MaskId, model.Padding(true),
                        model.Tokenizer.SpecialTokens.EosId),
                    Infill = (rows, model) => Canvas.ForInfilling(rows, model.MaskId, model.Padding(true)),
                    Unused = rnd1.FindUnused(),
                };
            default:
                var edits = new EditFlowOptions
                {
                    Tau = parsed.GetValue(_tau),
                    TimeEpsilon = parsed.GetValue(_timeEpsilon),
                    MaskLength = parsed.GetValue(_maskLength),
                    Temperature = mdlm.Temperature,
                    EditPrompt = parsed.GetValue(_editPrompt),
                    FillRemainingMasks = !parsed.GetValue(_asOriginal),
                    Seed = mdlm.Seed,
                    ReferenceRng = mdlm.ReferenceRng,
                };
                edits.Validate();
                return new ChosenSampler(name)
                {
                    Make = model => new EditFlowSampler((Models.IEditDenoiser)model, edits, model.MaxPositions, model.Device),
                    Complete = (prompts, model) => Canvas.ForEditing(
                        prompts, edits.MaskLength, model.BeginId([[]])!.Value, model.MaskId, model.Padding(false)),
                };
        }
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => new Option[]
    {
        _stepsPerBlock, _topP, _topK, _threshold, _factor, _useCache, _promptInterval, _responseInterval,
        _blockAddThreshold, _alg, _algTemp, _eps, _minimalTopk, _eosEarlyStop, _editingThreshold,
        _maxPostSteps, _numToTransfer, _tau, _timeEpsilon, _maskLength, _editPrompt, _greedy, _asOriginal,
    }.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static DreamAlgorithm ToAlgorithm(string name) => name switch
    {
        "maskgit_plus" => DreamAlgorithm.MaskGitPlus,
        "topk_margin" => DreamAlgorithm.TopKMargin,
        "entropy" => DreamAlgorithm.Entropy,
        "confidence_threshold" => DreamAlgorithm.ConfidenceThreshold,
        _ => DreamAlgorithm.Origin,
    };
}
