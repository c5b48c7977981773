using Dllm.Models;
using Dllm.Sampling;

namespace Dllm.Verification;

/// <summary>
/// Cases of the original's RND1: the diffusion loop, and the generate function around it, which tells the length. Steps that commit
/// nothing are left out here, and so are their forwards.
/// </summary>
internal sealed class Rnd1Cases : ISamplerCases
{
    public IReadOnlyList<string> Names => ["rnd1", "rnd1_generate"];

    public SamplerSetup SetUp(VerificationCase c, IDenoiser denoiser)
    {
        var isWrapper = c.Json.Text("sampler") == "rnd1_generate";
        var layout = new Arguments();
        var options = new Rnd1Options { ReferenceRng = true, AsOriginal = true, Seed = c.Seed() };
        foreach (var (name, value) in c.Options(isWrapper ? "generation_config" : "config"))
        {
            options = name switch
            {
                "num_steps" or "num_diffusion_steps" => options with { Steps = value.GetInt32() },
                "greedy" => options with { Greedy = value.GetBoolean() },
                "do_sample" => options with { Greedy = !value.GetBoolean() },
                "temperature" => options with { Temperature = value.GetDouble() },
                "top_k" => options with { TopK = value.ToTopK() },
                "top_p" => options with { TopP = value.GetDouble() },
                "max_new_tokens" => options with { MaxNewTokens = value.GetInt32() },
                "max_length" or "seq_len" => options with { MaxLength = value.GetInt32() },
                "infill_length" or "eos_token_id" or "pad_token_id" or "bos_token_id" or "mask_token_id" => options,
                _ => throw CaseInputs.Unsupported(name),
            };
            layout = name switch
            {
                "infill_length" => layout with { Infill = value.GetInt32() },
                "eos_token_id" => layout with { End = value.GetInt32() == -1 ? null : value.GetInt32() },
                "pad_token_id" => layout with { Padding = value.GetInt32() },
                "bos_token_id" => layout with { Begin = value.GetInt32() },
                "mask_token_id" => layout with { Mask = value.GetInt32() },
                _ => layout,
            };
        }

        var prefix = c.Json.Optional("prefix_ids") is { } given ? given.IntRows()[0] : null;
        var suffix = c.Json.Optional("suffix_ids") is { } behind ? behind.IntRows()[0] : null;
        var infill = layout.Infill ?? c.Json.OptionalInt("infill_length");
        var length = isWrapper && infill is int gap && prefix is not null
            ? prefix.Length + gap + (suffix?.Length ?? 0)
            : (prefix?.Length ?? 0) + options.NewTokens(prefix?.Length ?? 0);
        var canvas = Canvas.ForInfilling([layout.Row(prefix, suffix, infill, length)], layout.Mask, layout.Padding);
        return new SamplerSetup(new Rnd1Sampler(denoiser, options), canvas)
        {
            LeavesOutIdleSteps = true,
            Forwards = (_, steps) => steps,
        };
    }

    private sealed record Arguments(int Mask = 151669, int Padding = 0, int? End = null, int? Begin = null, int? Infill = null)
    {
        /// <summary>The row that the original makes: prefix, masks, suffix, padding up to the end token.</summary>
        public int[] Row(int[]? prefix, int[]? suffix, int? infill, int length)
        {
            int[] row = [.. Enumerable.Repeat(prefix is null && suffix is null ? Mask : Padding, length)];
            if (prefix is null && suffix is null && Begin is int begin) row[0] = begin;
            if (End is int end) row[^1] = end;
            if (prefix is null && suffix is null) return row;
            var room = length - (prefix?.Length ?? 0) - (suffix?.Length ?? 0) - (End is null ? 0 : 1);
            int[] written = [.. prefix ?? [], .. Enumerable.Repeat(Mask, Math.Min(infill ?? room, room)), .. suffix ?? []];
            written.CopyTo(row, 0);
            return row;
        }
    }
}
