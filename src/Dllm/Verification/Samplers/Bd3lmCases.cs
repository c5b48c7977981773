using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>Cases of the original's BD3LMSampler. It reads the whole prefix once a block, which the cache has no need of.</summary>
internal sealed class Bd3lmCases : ISamplerCases
{
    public IReadOnlyList<string> Names => ["bd3lm"];

    public SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser)
    {
        var options = new Bd3lmOptions
        {
            ReferenceRng = true,
            AsOriginal = true,
            Noise = c.Noise(),
            Seed = c.Seed(),
            EndTokenIds = c.EndTokens(),
        };
        foreach (var (name, value) in c.Options())
        {
            options = name switch
            {
                "steps" => options with { Steps = value.GetInt32() },
                "steps_per_block" => options with { StepsPerBlock = value.GetInt32() },
                "max_new_tokens" => options with { MaxNewTokens = value.GetInt32() },
                "max_length" => options with { MaxLength = value.GetInt32() },
                "block_size" => options with { BlockSize = value.GetInt32() },
                "temperature" => options with { Temperature = value.GetDouble() },
                "remasking" => options with { Remasking = value.ToRemasking() },
                "stochastic_transfer" => options with { StochasticTransfer = value.GetBoolean() },
                "cfg_scale" => options with { CfgScale = value.GetDouble() },
                "cfg_keep_tokens" => options with { CfgKeepTokens = value.Ints() },
                "right_shift_logits" => options with { RightShiftLogits = value.GetBoolean() },
                _ => throw CaseInputs.Unsupported(name),
            };
        }

        int? empty = options.RightShiftLogits ? c.Token("bos_token_id") : null;
        var inputs = c.Rows();
        var longest = inputs.Max(row => Math.Max(row.Length, empty is null ? 0 : 1));
        var canvas = Canvas.ForCompletion(
            inputs, options.NewTokens(longest), c.Token("mask_token_id"), c.Token("pad_token_id"), empty, options.Layout);
        return new SamplerSetup(new Bd3lmSampler(denoiser, options), canvas) { Forwards = (_, steps) => steps };
    }
}
