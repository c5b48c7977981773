using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Diffusion;
using Dllm.Models;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Verification;

/// <summary>
/// Cases of kinds <c>sample</c> and <c>infill</c>: a checkpoint and prompts as token ids; the final canvas, every canvas on the way
/// (rebuilt from the stream of steps) and the number of forward passes must be equal.
/// </summary>
internal sealed class SamplerVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds => ["sample", "infill"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var sampler = c.Json.GetProperty("sampler").GetString();
        if (sampler != "mdlm") throw new CaseSkippedException($"sampler {sampler} is not supported yet");
        var modelType = JsonConfig.Load(c.File("config.json")).ModelType;
        if (ModelFamilies.Find(modelType) is null) throw new CaseSkippedException($"model_type {modelType} is not supported yet");

        using var model = PretrainedModel.Load(c.ModelDirectory);
        using var expected = SafetensorsFile.Open(c.File("tensors.safetensors"));
        using var histories = expected.Read("histories"); // [S, B, T]
        return VerifyMdlm(c, model.Denoiser, histories);
    }

    internal static List<CheckResult> VerifyMdlm(VerificationCase c, IDenoiser denoiser, Tensor histories)
    {
        var options = Options(c.Json);
        var canvas = MakeCanvas(c, options);
        // The original lets a block reach beyond the canvas; here that is a user's mistake.
        options = options with { BlockSize = Math.Min(options.BlockSize ?? canvas.Span, canvas.Span) };
        var counting = new CountingDenoiser(denoiser);
        var replay = canvas.Copy();
        var checks = new List<CheckResult> { CompareCanvas("history 0", histories[0], replay) };
        var steps = 0;
        foreach (var step in new MdlmSampler(counting, options).Sample(canvas))
        {
            replay.Apply(step);
            if (++steps < histories.size(0)) checks.Add(CompareCanvas($"history {steps}", histories[steps], replay));
            if (!options.StochasticTransfer) checks.Add(CheckResult.Equal($"announced steps {steps}", histories.size(0) - 1, step.Steps));
        }

        checks.Add(CheckResult.Equal("steps", histories.size(0) - 1, steps));
        checks.Add(CheckResult.Equal("model_forwards", c.Json.GetProperty("model_forwards").GetInt32(), counting.Forwards));
        var sequences = c.Json.GetProperty("sequences").EnumerateArray().ToList();
        for (var row = 0; row < sequences.Count; row++)
            checks.Add(CheckResult.EqualSequence($"sequence {row}", Ids(sequences[row]), canvas.Row(row).ToArray()));
        return checks;
    }

    private static CheckResult CompareCanvas(string name, Tensor expected, Canvas canvas) => CheckResult.EqualSequence(
        name,
        expected.to(int64).contiguous().data<long>().ToArray(),
        [.. Enumerable.Range(0, canvas.Rows).SelectMany(row => canvas.Row(row).ToArray()).Select(id => (long)id)]);

    private static Canvas MakeCanvas(VerificationCase c, MdlmSamplerOptions options)
    {
        var tokens = c.Json.GetProperty("tokenizer");
        var (mask, end) = (tokens.GetProperty("mask_token_id").GetInt32(), tokens.GetProperty("eos_token_id").GetInt32());
        int? empty = options.RightShiftLogits ? tokens.GetProperty("bos_token_id").GetInt32() : null;
        int[][] inputs = [.. c.Json.GetProperty("inputs").EnumerateArray().Select(Ids)];
        var longest = inputs.Max(row => Math.Max(row.Length, empty is null ? 0 : 1));
        return c.Kind == "infill"
            ? Canvas.ForInfilling(inputs, mask, end, empty)
            : Canvas.ForCompletion(inputs, options.NewTokens(longest), mask, end, empty);
    }

    private static MdlmSamplerOptions Options(JsonElement json)
    {
        var noise = NoiseSchedule.ByName(json.GetProperty("scheduler").GetString()!);
        var options = new MdlmSamplerOptions { ReferenceRng = true, Noise = noise };
        if (json.GetProperty("seed") is { ValueKind: JsonValueKind.Number } seed) options = options with { Seed = seed.GetInt64() };
        foreach (var (name, value) in json.GetProperty("config").EnumerateObject().Select(property => (property.Name, property.Value)))
        {
            if (value.ValueKind == JsonValueKind.Null) continue;
            options = name switch
            {
                "return_dict" => options,
                "steps" => options with { Steps = value.GetInt32() },
                "max_new_tokens" => options with { MaxNewTokens = value.GetInt32() },
                "max_length" => options with { MaxLength = value.GetInt32() },
                "block_size" => options with { BlockSize = value.GetInt32() },
                "temperature" => options with { Temperature = value.GetDouble() },
                "remasking" => options with { Remasking = ParseRemasking(value.GetString()!) },
                "stochastic_transfer" => options with { StochasticTransfer = value.GetBoolean() },
                "cfg_scale" => options with { CfgScale = value.GetDouble() },
                "cfg_keep_tokens" => options with { CfgKeepTokens = Ids(value) },
                "suppress_tokens" => options with { SuppressTokens = Ids(value) },
                "begin_suppress_tokens" => options with { BeginSuppressTokens = Ids(value) },
                "right_shift_logits" => options with { RightShiftLogits = value.GetBoolean() },
                _ => throw new CaseSkippedException($"sampler option {name} is not supported yet"),
            };
        }

        return options;
    }

    private static Remasking ParseRemasking(string name) => name switch
    {
        "low_confidence" => Remasking.LowConfidence,
        "random" => Remasking.Random,
        _ => throw new CaseSkippedException($"remasking {name} is not supported yet"),
    };

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    private sealed class CountingDenoiser(IDenoiser inner) : IDenoiser
    {
        public int Forwards { get; private set; }

        public int VocabularySize => inner.VocabularySize;

        public Tensor Forward(DenoiserInput input)
        {
            Forwards++;
            return inner.Forward(input);
        }
    }
}
