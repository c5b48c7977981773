using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>Cases of the original's LLaDA21Sampler.</summary>
internal sealed class Llada21Cases : ISamplerCases
{
    public IReadOnlyList<string> Names => ["llada21"];

    public SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser)
    {
        var options = new Llada21Options { ReferenceRng = true, AsOriginal = true, Seed = c.Seed(), EndTokenIds = c.EndTokens() };
        foreach (var (name, value) in c.Options())
        {
            options = name switch
            {
                "max_new_tokens" => options with { MaxNewTokens = value.GetInt32() },
                "max_length" => options with { MaxLength = value.GetInt32() },
                "block_size" => options with { BlockSize = value.GetInt32() },
                "temperature" => options with { Temperature = value.GetDouble() },
                "top_p" => options with { TopP = value.GetDouble() },
                "top_k" => options with { TopK = value.ToTopK() },
                "threshold" => options with { Threshold = value.GetDouble() },
                "editing_threshold" => options with { EditingThreshold = value.GetDouble() },
                "max_post_steps" => options with { MaxPostSteps = value.GetInt32() },
                "num_to_transfer" => options with { NumToTransfer = value.GetInt32() },
                "eos_early_stop" => options with { EosEarlyStop = value.GetBoolean() },
                _ => throw CaseInputs.Unsupported(name),
            };
        }

        var inputs = c.Rows();
        var canvas = Canvas.ForCompletion(
            inputs, options.NewTokens(inputs.Max(row => row.Length)), c.Token("mask_token_id"), c.Token("pad_token_id"), layout: options.Layout);
        return new SamplerSetup(new Llada21Sampler(denoiser, options), canvas);
    }
}
