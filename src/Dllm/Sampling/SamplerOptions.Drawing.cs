namespace Dllm.Sampling;

public abstract partial record SamplerOptions
{
    /// <summary>
    /// The randomness of the proposed tokens, at least 0: 0 takes the most probable token, 1 draws from the model's distribution.
    /// </summary>
    public double Temperature { get; init; }

    /// <summary>Keeps the most probable tokens until their probabilities add up to this, above 0, at most 1. Null keeps all.</summary>
    public double? TopP { get; init; }

    /// <summary>Keeps the most probable tokens only, at least 1. Null keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Tokens that are never proposed.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Tokens that count as improbable where positions are chosen by confidence, so that they are written last.</summary>
    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>
    /// Reads the logits of token i one place to the left: for models adapted from autoregressive ones, which predict the next token.
    /// </summary>
    public bool RightShiftLogits { get; init; }

    /// <summary>Strength of classifier-free guidance, at least 0; 0 turns it off. Guidance doubles the work of a step.</summary>
    public double CfgScale { get; init; }

    /// <summary>Given tokens that the unconditional half of guidance keeps seeing.</summary>
    public IReadOnlyList<int> CfgKeepTokens { get; init; } = [];

    /// <summary>Checks that a token is left to write.</summary>
    /// <exception cref="DllmException">None is left but the mask, which is no text.</exception>
    internal void RequireTokenLeft(int maskTokenId, int vocabularySize)
    {
        if (!AsOriginal && SuppressTokens.Append(maskTokenId).Distinct().Count() >= vocabularySize)
            throw new DllmException($"all {vocabularySize} tokens of the vocabulary but the mask are suppressed", "leave at least one");
    }
}

public static partial class SamplingOption
{
    /// <summary><see cref="SamplerOptions.Temperature"/>.</summary>
    public static SamplerOption Temperature { get; } = SamplerOption.Of<SamplerOptions, double>(
        "temperature", "Randomness of the proposed tokens: 0 takes the most probable, 1 draws from the model's distribution",
        OptionValue.Number(), o => o.Temperature, (o, value) => o with { Temperature = value });

    /// <summary><see cref="SamplerOptions.TopP"/>.</summary>
    public static SamplerOption TopP { get; } = SamplerOption.Of<SamplerOptions, double?>(
        "top-p", "Keep the most probable tokens until their probabilities add up to this",
        OptionValue.Number(new NumberRange(0, 1) { AboveLeast = true }).OrNone(), o => o.TopP, (o, value) => o with { TopP = value });

    /// <summary><see cref="SamplerOptions.TopK"/>.</summary>
    public static SamplerOption TopK { get; } = SamplerOption.Of<SamplerOptions, int?>(
        "top-k", "Keep the most probable tokens only",
        OptionValue.Whole(most: int.MaxValue).OrNone(), o => o.TopK, (o, value) => o with { TopK = value });

    /// <summary><see cref="SamplerOptions.SuppressTokens"/>.</summary>
    public static SamplerOption SuppressTokens { get; } = SamplerOption.Of<SamplerOptions, IReadOnlyList<int>>(
        "suppress-tokens", "Token ids that are never proposed",
        OptionValue.TokenIds, o => o.SuppressTokens, (o, value) => o with { SuppressTokens = value });

    /// <summary><see cref="SamplerOptions.BeginSuppressTokens"/>.</summary>
    public static SamplerOption BeginSuppressTokens { get; } = SamplerOption.Of<SamplerOptions, IReadOnlyList<int>>(
        "begin-suppress-tokens", "Token ids that count as improbable, so that they are written last",
        OptionValue.TokenIds, o => o.BeginSuppressTokens, (o, value) => o with { BeginSuppressTokens = value });

    /// <summary><see cref="SamplerOptions.RightShiftLogits"/>.</summary>
    public static SamplerOption RightShiftLogits { get; } = SamplerOption.Of<SamplerOptions, bool>(
        "right-shift-logits", "Read the logits of a token one place to the left, for models adapted from autoregressive ones",
        OptionValue.Switch, o => o.RightShiftLogits, (o, value) => o with { RightShiftLogits = value });

    /// <summary><see cref="SamplerOptions.CfgScale"/>.</summary>
    public static SamplerOption CfgScale { get; } = SamplerOption.Of<SamplerOptions, double>(
        "cfg-scale", "Strength of classifier-free guidance; 0 turns it off, otherwise a step costs twice as much",
        OptionValue.Number(), o => o.CfgScale, (o, value) => o with { CfgScale = value });

    /// <summary><see cref="SamplerOptions.CfgKeepTokens"/>.</summary>
    public static SamplerOption CfgKeepTokens { get; } = SamplerOption.Of<SamplerOptions, IReadOnlyList<int>>(
        "cfg-keep-tokens", "Token ids that the unconditional half of guidance keeps seeing",
        OptionValue.TokenIds, o => o.CfgKeepTokens, (o, value) => o with { CfgKeepTokens = value });
}
