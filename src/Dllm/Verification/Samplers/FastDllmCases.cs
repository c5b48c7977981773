using System.Text.Json;
using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>Cases of the original's FastdLLMLLaDASampler.</summary>
internal sealed class FastDllmCases : ISamplerCases
{
    public IReadOnlyList<string> Names => ["fastdllm_llada"];

    public SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser)
    {
        var options = new FastDllmOptions { ReferenceRng = true, AsOriginal = true, Noise = c.Noise(), Seed = c.Seed() };
        foreach (var (name, value) in c.Options()) options = With(options, name, value);
        if (options.MaxLength is not null) options = options with { MaxNewTokens = null }; // the other way round than ours
        int? empty = options.RightShiftLogits ? c.Json.GetProperty("tokenizer").OptionalInt("bos_token_id") : null;
        var inputs = c.Rows();
        var longest = inputs.Max(row => Math.Max(row.Length, empty is null ? 0 : 1));
        var canvas = Canvas.ForCompletion(
            inputs, options.NewTokens(longest), c.Token("mask_token_id"), c.Token("eos_token_id"), empty, options.Layout);
        options = options with { BlockSize = Math.Min(options.BlockSize ?? canvas.Span, canvas.Span) };
        return new SamplerSetup(new FastDllmSampler(new AsOriginalDenoiser(c, denoiser), options), canvas)
        {
            AnnouncesSteps = !options.StochasticTransfer && options.IsScheduled,
        };
    }

    private static FastDllmOptions With(FastDllmOptions options, string name, JsonElement value) => name switch
    {
        "steps" => options with { Steps = value.GetInt32() },
        "max_new_tokens" => options with { MaxNewTokens = value.GetInt32() },
        "max_length" => options with { MaxLength = value.GetInt32() },
        "block_size" => options with { BlockSize = value.GetInt32() },
        "temperature" => options with { Temperature = value.GetDouble() },
        "remasking" => options with { Remasking = value.ToRemasking() },
        "stochastic_transfer" => options with { StochasticTransfer = value.GetBoolean() },
        "cfg_scale" or "cfg_keep_tokens" => options, // the original does not read them here
        "suppress_tokens" or "begin_suppress_tokens" => options with { SuppressTokens = [.. options.SuppressTokens, .. value.Ints()] },
        "right_shift_logits" => options with { RightShiftLogits = value.GetBoolean() },
        "threshold" => options with { Threshold = value.GetDouble() },
        "factor" => options with { Factor = value.GetDouble() },
        "use_cache" => options with { Cache = value.ToCacheMode() },
        _ => throw CaseInputs.Unsupported(name),
    };
}
