using System.Globalization;
using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// MDLM sampling at named sizes × lengths × batches × types, ours against <see cref="LiteralMdlmLoop"/>, in turn, with the same random
/// weights. A line a cell: time, ratio, tokens a second and a forward, milliseconds a forward, the share of time outside the model, peak
/// memory, and managed bytes a step.
/// </summary>
public static class MatrixBenchmark
{
    private const int BlockSize = 32;
    private const int TokensAStep = 8;
    private const int LongestAnswer = 64; // more steps tell nothing new of a step, and cost hours at the larger sizes

    private static readonly Dictionary<string, (string Config, int Mask)> Models = new()
    {
        ["modernbert-base"] = ("""{"model_type": "modernbert"}""", 50284),
        ["modernbert-large"] = (
            """{"model_type": "modernbert", "hidden_size": 1024, "intermediate_size": 2624, "num_hidden_layers": 28, "num_attention_heads": 16}""",
            50284),
        ["qwen3-0.6b"] = (
            """
            {"model_type": "a2d-qwen3", "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
             "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936, "rms_norm_eps": 1e-6, "rope_theta": 1000000,
             "tie_word_embeddings": true, "hidden_act": "silu", "max_position_embeddings": 40960, "attention_bias": false}
            """,
            151_669),
        ["llada-300m"] = (
            """
            {"model_type": "llada", "d_model": 1024, "n_heads": 16, "n_kv_heads": 16, "n_layers": 16, "mlp_hidden_size": 2816, "mlp_ratio": 4,
             "vocab_size": 50368, "embedding_size": 50368, "max_sequence_length": 1024, "activation_type": "silu", "block_type": "llama",
             "layer_norm_type": "rms", "rms_norm_eps": 1e-5, "rope": true, "rope_theta": 500000.0, "weight_tying": false, "include_bias": false,
             "include_qkv_bias": false, "alibi": false, "attention_layer_norm": false, "bias_for_layer_norm": false,
             "layer_norm_with_affine": true, "attention_layer_norm_with_affine": false, "init_std": 0.02, "init_fn": "normal",
             "input_emb_norm": false, "scale_logits": false, "mask_token_id": 50284, "pad_token_id": 50283, "eos_token_id": 50283}
            """,
            50284),
    };

    /// <summary>Runs the cells of the matrix that <paramref name="cells"/> choose.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="cells">Up to four lists with commas: models, lengths, batches, types; a missing one, or <c>*</c>, means all.</param>
    public static void Run(TextWriter output, IReadOnlyList<string> cells)
    {
        output.WriteLine($"{get_num_threads()} threads, blocks of {BlockSize}, {TokensAStep} tokens a step, half answer (at most {LongestAnswer} tokens), the rest prompt");
        foreach (string model in Chosen(cells, 0, [.. Models.Keys]))
            foreach (string type in Chosen(cells, 3, ["f32", "bf16"]))
            {
                using var ours = Build(model, type);
                using var literal = Build(model, type); // the same weights, in eager products
                ours.Products = ProductKind.Packed;
                foreach (string length in Chosen(cells, 1, ["128", "256", "512"]))
                    foreach (string batch in Chosen(cells, 2, ["1", "8"]))
                        output.WriteLine($"{model} {type} " + Cell(ours, literal, Models[model].Mask, Number(length), Number(batch)));
            }
    }

    private static string Cell(Denoiser model, Denoiser literalModel, int mask, int length, int batch, int repeats = 2)
    {
        int written = Math.Min(length / 2, LongestAnswer);
        var options = new MdlmSamplerOptions { Steps = written / TokensAStep, BlockSize = BlockSize, SuppressTokens = [mask] };
        var timed = new TimedDenoiser(model);
        var sampler = new MdlmSampler(timed, options, model.MaxPositions, model.Device);
        int[][] prompts = [.. Enumerable.Range(0, batch).Select(row => Enumerable.Range(0, length - written).Select(i => 1000 + 37 * i + row).ToArray())];
        Canvas MakeCanvas() => Canvas.ForCompletion(prompts, written, mask, mask - 1);

        var (ours, literal) = (new Timings(), new Timings());
        var (same, peak, bytes) = (0, 0.0, 0L);
        for (var repeat = 0; repeat <= repeats; repeat++)
        {
            timed.Reset();
            ProcessMemory.ResetPeak();
            double held = ProcessMemory.Now;
            long allocated = GC.GetTotalAllocatedBytes();
            var canvas = MakeCanvas();
            ours.Time(() => sampler.Sample(canvas).Count());
            bytes = GC.GetTotalAllocatedBytes() - allocated;
            peak = ProcessMemory.Peak - held;
            using var scope = NewDisposeScope();
            var expected = literal.Time(() => LiteralMdlmLoop.Run(new EagerDenoiser(literalModel), MakeCanvas(), infill: false, BlockSize, options, keepHistory: false));
            same = Enumerable.Range(0, batch).Sum(row =>
                expected[^1][row].data<long>().ToArray().Skip(length - written).Zip(canvas.Written(row)).Count(pair => pair.First == pair.Second));
        }

        int tokens = written * batch;
        double seconds = ours.Seconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"T={length} B={batch}: {seconds:0.00} s against {literal.Seconds:0.00}, ratio {literal.Seconds / seconds:0.00} "
            + $"({literal.ProcessorSeconds / ours.ProcessorSeconds:0.00} of processor times), {tokens / seconds:0.0} tokens/s, "
            + $"{tokens / (double)timed.Forwards / batch:0.0} tokens a forward of a row, {timed.Inside.TotalMilliseconds / timed.Forwards:0} ms a forward, "
            + $"{1 - timed.Inside.TotalSeconds / ours.LastSeconds:P1} outside the model, peak +{peak / 1e6:0} MB, "
            + $"{bytes / timed.Forwards / 1024} KiB managed a step; {same} of {tokens} tokens the same");
    }

    private static string[] Chosen(IReadOnlyList<string> cells, int place, string[] all)
    {
        if (cells.Count <= place || cells[place] == "*") return all;
        string[] chosen = cells[place].Split(',');
        return chosen.Except(all).FirstOrDefault() is { } unknown
            ? throw new DllmException($"'{unknown}' is not in the matrix.", $"Choose from {string.Join(", ", all)}.")
            : chosen;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static Denoiser Build(string name, string type)
    {
        var json = JsonConfig.Parse(Models[name].Config, "benchmark");
        var model = (Denoiser)ModelFamilies.For(json.ModelType).Build(json, type == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32, CPU);
        using var generator = new Generator(1, CPU);
        model.Initialize(generator);
        model.eval();
        return model;
    }
}
