using System.Collections;
using System.CommandLine;
using Dllm.Sampling;

namespace Dllm.Cli.Options.Samplers;

/// <summary>The options of all samplers, with the original's names. What a sampler takes where one is not given, the sampler says.</summary>
internal sealed class SamplerOptionSet : IEnumerable<Option>
{
    // No canvas is longer and no run has more steps; what is beyond would only exhaust the memory.
    private const int Most = 1_000_000;

    private static readonly NumberRange Probability = new(0, 1);
    private static readonly NumberRange Share = new(0, 1) { AboveLeast = true };
    private static readonly NumberRange NotAll = new(0, 1) { BelowMost = true };

    public Option<int?> Steps { get; } = CliOption.OptionalInteger(
        "--steps",
        "Denoising steps, shared out over the blocks; fewer steps write more tokens at once. 128, 512 with dream, 256 with rnd1, unless given",
        least: 1, most: Most);

    public Option<int?> StepsPerBlock { get; } = CliOption.OptionalInteger(
        "--steps-per-block", "Denoising steps of a block; 32 with llada2, what --steps gives with bd3lm, unless given", least: 1, most: Most);

    public Option<int?> MaxNewTokens { get; } = CliOption.OptionalInteger(
        "--max-new-tokens", "Tokens to write behind each prompt; what --max-length leaves, or 128, 20 with dream, unless given", least: 1, most: Most);

    public Option<int?> MaxLength { get; } = CliOption.OptionalInteger(
        "--max-length",
        "Tokens of the longest prompt and its answer together; used without --max-new-tokens. 256 with rnd1 unless given", least: 1, most: Most);

    public Option<int?> BlockSize { get; } = CliOption.OptionalInteger(
        "--block-size",
        "Tokens of a block; blocks are filled left to right. 128, or all where that is less, unless given; 32 with bd3lm, llada2, llada21, dream",
        least: 1, most: Most);

    public Option<double?> Temperature { get; } = CliOption.OptionalNumber(
        "--temperature",
        "Randomness of the proposed tokens: 0 takes the most probable, 1 draws from the model's distribution. "
        + "0, 1 with dream and rnd1, unless given");

    public Option<double?> TopP { get; } = CliOption.OptionalNumber(
        "--top-p", "Keep the most probable tokens until their probabilities add up to this; all unless given", Share);

    public Option<int?> TopK { get; } = CliOption.OptionalInteger(
        "--top-k", "Keep the most probable tokens only; all, 50 with dream, unless given", least: 1);

    public Option<string> Remasking { get; } = CliOption.Choice(
        "--remasking", "By what the tokens to keep are chosen", "low_confidence", "low_confidence", "random");

    public Option<bool> StochasticTransfer { get; } = CliOption.Switch(
        "--stochastic-transfer", "Draw the number of tokens of each step instead of rounding the expected one");

    public Option<double?> CfgScale { get; } = CliOption.OptionalNumber(
        "--cfg-scale", "Strength of classifier-free guidance; 0, as unless given, turns it off, otherwise a step costs twice as much");

    public Option<int[]> CfgKeepTokens { get; } = CliOption.Integers(
        "--cfg-keep-tokens", "Token ids that the unconditional half of guidance keeps seeing");

    public Option<int[]> SuppressTokens { get; } = CliOption.Integers("--suppress-tokens", "Token ids that are never proposed");

    public Option<int[]> BeginSuppressTokens { get; } = CliOption.Integers(
        "--begin-suppress-tokens", "Token ids that count as improbable, so they are written last");

    public Option<bool?> RightShiftLogits { get; } = CliOption.OptionalSwitch(
        "--right-shift-logits",
        "Read the logits of a token one place to the left, for models adapted from autoregressive ones; on with dream unless given false");

    public Option<string> UseCache { get; } = CliOption.Enumeration<CacheMode>("--use-cache", "What is kept of earlier steps");

    public Option<int?> PromptInterval { get; } = CliOption.OptionalInteger(
        "--prompt-interval", "With --use-cache refresh: steps after which everything is computed anew; 50 unless given", least: 1);

    public Option<int?> ResponseInterval { get; } = CliOption.OptionalInteger(
        "--response-interval", "With --use-cache refresh: steps after which what is behind the prompt is; 4 unless given", least: 1);

    public Option<double?> Threshold { get; } = CliOption.OptionalNumber(
        "--threshold", "Commit every proposal that is as probable as this; 0.95 with llada2 and llada21 unless given", Probability);

    public Option<double?> Factor { get; } = CliOption.OptionalNumber(
        "--factor", "Commit by Fast-dLLM's dynamic factor, such as 1", new NumberRange { AboveLeast = true });

    public Option<double?> EntropyBound { get; } = CliOption.OptionalNumber(
        "--entropy-bound", "Write in a step as many tokens as depend little on each other: EB-Sampler's bound, in nats, such as 0.1");

    public Option<double?> BlockAddThreshold { get; } = CliOption.OptionalNumber(
        "--block-add-threshold",
        "Begin the next block when this share of one is written, such as 0.5; with --entropy-bound, --threshold or --factor, or llada2",
        Share);

    public Option<double?> Remask { get; } = CliOption.OptionalNumber(
        "--remask", "Share of the tokens written that is masked again after each step, the least sure first (ReMDM), such as 0.1",
        NotAll);

    public Option<bool> EosEarlyStop { get; } = CliOption.Switch(
        "--eos-early-stop", "Stop a text as soon as it has come to its end token; bd3lm always does");

    public Option<string> Alg { get; } = CliOption.Choice(
        "--alg", "Which of Dream's rules orders the proposals",
        "origin", "origin", "maskgit_plus", "topk_margin", "entropy", "confidence_threshold");

    public Option<double?> AlgTemp { get; } = CliOption.OptionalNumber(
        "--alg-temp", "Randomness of the positions that Dream commits; 0 unless given");

    public Option<double?> Eps { get; } = CliOption.OptionalNumber(
        "--eps", "The time at which Dream's last step ends; 0.001 unless given",
        new NumberRange(0, 1) { AboveLeast = true, BelowMost = true });

    public Option<int?> MinimalTopk { get; } = CliOption.OptionalInteger(
        "--minimal-topk", "Bounds the steps of a block of LLaDA2; 1 unless given", least: 1);

    public Option<double?> EditingThreshold { get; } = CliOption.OptionalNumber(
        "--editing-threshold", "Replace a token of the block where another is more probable than this; 0.9 unless given", Probability);

    public Option<int?> MaxPostSteps { get; } = CliOption.OptionalInteger(
        "--max-post-steps", "Editing steps behind the last mask of a block; 16 unless given");

    public Option<int?> NumToTransfer { get; } = CliOption.OptionalInteger(
        "--num-to-transfer", "Masks that a step fills at least; 1 unless given", least: 1);

    public Option<double?> Tau { get; } = CliOption.OptionalNumber(
        "--tau", "The time of a step of Edit Flows; 0.01 unless given", new NumberRange(1d / Most, 1));

    public Option<double?> TimeEpsilon { get; } = CliOption.OptionalNumber(
        "--time-epsilon", "How close to 1 the time of Edit Flows comes; 0.001 unless given", NotAll);

    public Option<int?> MaskLength { get; } = CliOption.OptionalInteger(
        "--mask-length", "Masks that Edit Flows begin with; 128 unless given", most: Most);

    public Option<bool> EditPrompt { get; } = CliOption.Switch("--edit-prompt", "Let Edit Flows change the prompt too");

    public Option<bool> Greedy { get; } = CliOption.Switch("--greedy", "RND1: take the most probable token", byDefault: true);

    public Option<bool> AsOriginal { get; } = CliOption.Switch(
        "--as-original",
        "Repeat what the original gets wrong too, such as masks that stay in the text; with --reference-rng its seeded results to the letter");

    public Option<bool> ReferenceRng { get; } = CliOption.Switch(
        "--reference-rng", "Draw in the original's order, so that its seeded results are reproduced; slower");

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => ((IEnumerable<Option>)
    [
        Steps, StepsPerBlock, MaxNewTokens, MaxLength, BlockSize, Temperature, TopP, TopK, Remasking, StochasticTransfer, CfgScale, CfgKeepTokens,
        SuppressTokens, BeginSuppressTokens, RightShiftLogits, UseCache, PromptInterval, ResponseInterval, Threshold, Factor, EntropyBound,
        BlockAddThreshold, Remask, EosEarlyStop, Alg, AlgTemp, Eps, MinimalTopk, EditingThreshold, MaxPostSteps, NumToTransfer, Tau, TimeEpsilon,
        MaskLength, EditPrompt, Greedy, AsOriginal, ReferenceRng,
    ]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
