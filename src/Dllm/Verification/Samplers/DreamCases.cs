using System.Text.Json;
using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>Cases of the original's DreamSampler, <c>sample</c> and <c>infill</c>, and of its FastdLLMDreamSampler.</summary>
internal sealed class DreamCases : ISamplerCases
{
    public IReadOnlyList<string> Names => ["dream", "fastdllm_dream"];

    public SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser)
    {
        var options = new DreamOptions { ReferenceRng = true, AsOriginal = true, Noise = c.Noise(), Seed = c.Seed(), TopK = null };
        foreach (var (name, value) in c.Options()) options = With(options, name, value);
        if (c.Kind == "infill") options = options with { CfgScale = 0 }; // the original's infill does not read it
        var (mask, end) = (c.Token("mask_token_id"), c.Token("eos_token_id"));
        var inputs = c.Rows();
        var canvas = c.Kind == "infill"
            ? Canvas.ForInfilling(inputs, mask, end, layout: options.Layout)
            : Canvas.ForCompletion(inputs, options.NewTokens(inputs.Max(row => row.Length)), mask, end, layout: options.Layout);
        if (options.Cache != CacheMode.None) options = options with { BlockSize = Math.Min(options.BlockSize ?? canvas.Span, canvas.Span) };
        return new SamplerSetup(new DreamSampler(new AsOriginalDenoiser(c, denoiser), options), canvas)
        {
            ForwardsAreMost = options.Cache != CacheMode.None, // the original also reads where no mask is left, or none may be filled
            AnnouncesSteps = !options.StochasticTransfer && options.Cache == CacheMode.None
                && options.Algorithm != DreamAlgorithm.ConfidenceThreshold,
        };
    }

    private static DreamOptions With(DreamOptions options, string name, JsonElement value) => name switch
    {
        "steps" => options with { Steps = value.GetInt32() },
        "max_new_tokens" => options with { MaxNewTokens = value.GetInt32() },
        "max_length" => options with { MaxLength = value.GetInt32() },
        "eps" => options with { Epsilon = value.GetDouble() },
        "alg" => options with { Algorithm = ToAlgorithm(value.GetString()!) },
        "alg_temp" => options with { AlgorithmTemperature = value.GetDouble() },
        "temperature" => options with { Temperature = value.GetDouble() },
        "top_p" => options with { TopP = value.GetDouble() },
        "top_k" => options with { TopK = value.GetInt32() },
        "stochastic_transfer" => options with { StochasticTransfer = value.GetBoolean() },
        "right_shift_logits" => options with { RightShiftLogits = value.GetBoolean() },
        "cfg_scale" => options with { CfgScale = value.GetDouble() },
        "threshold" => options with { Threshold = value.GetDouble() },
        "use_cache" => options with { Cache = value.ToCacheMode() },
        "block_size" => options with { BlockSize = value.GetInt32() },
        _ => throw CaseInputs.Unsupported(name),
    };

    private static DreamAlgorithm ToAlgorithm(string name) => name switch
    {
        "maskgit_plus" => DreamAlgorithm.MaskGitPlus,
        "topk_margin" => DreamAlgorithm.TopKMargin,
        "entropy" => DreamAlgorithm.Entropy,
        "confidence_threshold" => DreamAlgorithm.ConfidenceThreshold,
        _ => throw new CaseSkippedException($"the original has no algorithm {name}"),
    };
}
