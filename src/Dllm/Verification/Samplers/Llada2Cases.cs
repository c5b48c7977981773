using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>Cases of the original's LLaDA2Sampler.</summary>
internal sealed class Llada2Cases : ISamplerCases
{
    public IReadOnlyList<string> Names => ["llada2"];

    public SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser)
    {
        var options = new Llada2Options { ReferenceRng = true, AsOriginal = true, Seed = c.Seed(), EndTokenIds = c.EndTokens() };
        foreach (var (name, value) in c.Options())
        {
            options = name switch
            {
                "max_new_tokens" => options with { MaxNewTokens = value.GetInt32() },
                "block_size" => options with { BlockSize = value.GetInt32() },
                "steps_per_block" => options with { StepsPerBlock = value.GetInt32() },
                "temperature" => options with { Temperature = value.GetDouble() },
                "top_p" => options with { TopP = value.GetDouble() },
                "top_k" => options with { TopK = value.ToTopK() },
                "threshold" => options with { Threshold = value.GetDouble() },
                "minimal_topk" => options with { MinimalTopk = value.GetInt32() },
                "eos_early_stop" => options with { EosEarlyStop = value.GetBoolean() },
                _ => throw CaseInputs.Unsupported(name),
            };
        }

        var canvas = Canvas.ForCompletion(
            c.Rows(), options.NewTokens(0), c.Token("mask_token_id"), c.Token("pad_token_id"), layout: options.Layout);
        return new SamplerSetup(new Llada2Sampler(denoiser, options), canvas);
    }
}
