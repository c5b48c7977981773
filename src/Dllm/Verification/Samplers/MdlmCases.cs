using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>Cases of the original's MDLMSampler, <c>sample</c> and <c>infill</c>.</summary>
internal sealed class MdlmCases : ISamplerCases
{
    public IReadOnlyList<string> Names => ["mdlm"];

    public SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser)
    {
        var options = Options(c);
        var canvas = MakeCanvas(c, options);
        // The original lets a block reach beyond the canvas; here that is a user's mistake.
        options = options with { BlockSize = Math.Min(options.BlockSize ?? canvas.Span, canvas.Span) };
        return new SamplerSetup(new MdlmSampler(denoiser, options), canvas) { AnnouncesSteps = !options.StochasticTransfer };
    }

    private static Canvas MakeCanvas(VerificationCase c, MdlmSamplerOptions options)
    {
        var (mask, end) = (c.Token("mask_token_id"), c.Token("eos_token_id"));
        int? empty = options.RightShiftLogits ? c.Token("bos_token_id") : null;
        var inputs = c.Rows();
        var longest = inputs.Max(row => Math.Max(row.Length, empty is null ? 0 : 1));
        return c.Kind == "infill"
            ? Canvas.ForInfilling(inputs, mask, end, empty)
            : Canvas.ForCompletion(inputs, options.NewTokens(longest), mask, end, empty);
    }

    private static MdlmSamplerOptions Options(VerificationCase c)
    {
        var options = new MdlmSamplerOptions { ReferenceRng = true, AsOriginal = true, Noise = c.Noise(), Seed = c.Seed() };
        foreach (var (name, value) in c.Options())
        {
            options = name switch
            {
                "steps" => options with { Steps = value.GetInt32() },
                "max_new_tokens" => options with { MaxNewTokens = value.GetInt32() },
                "max_length" => options with { MaxLength = value.GetInt32() },
                "block_size" => options with { BlockSize = value.GetInt32() },
                "temperature" => options with { Temperature = value.GetDouble() },
                "remasking" => options with { Remasking = value.ToRemasking() },
                "stochastic_transfer" => options with { StochasticTransfer = value.GetBoolean() },
                "cfg_scale" => options with { CfgScale = value.GetDouble() },
                "cfg_keep_tokens" => options with { CfgKeepTokens = value.Ints() },
                "suppress_tokens" => options with { SuppressTokens = value.Ints() },
                "begin_suppress_tokens" => options with { BeginSuppressTokens = value.Ints() },
                "right_shift_logits" => options with { RightShiftLogits = value.GetBoolean() },
                _ => throw CaseInputs.Unsupported(name),
            };
        }

        return options;
    }
}
