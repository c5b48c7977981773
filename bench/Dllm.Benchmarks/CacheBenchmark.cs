using System.Globalization;
using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using Dllm.Sampling;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// What key-value caches save: Fast-dLLM's two approximate ones on a LLaDA against the original's loop without one, written out in eager
/// TorchSharp; and LLaDA 2's exact one against the original's loop, which computes the whole prefix each step. Random weights, float32,
/// temperature 0.
/// </summary>
public static class CacheBenchmark
{
    private const int Mask = 31_999;
    private const int Padding = 31_998;
    private const int Prompt = 64;
    private const int BlockSize = 32;

    private const string Llada = """
        {"model_type": "llada", "d_model": 512, "n_heads": 8, "n_kv_heads": 8, "n_layers": 8, "mlp_hidden_size": 1408, "mlp_ratio": 4,
         "vocab_size": 32000, "embedding_size": 32000, "max_sequence_length": 1024, "activation_type": "silu", "block_type": "llama",
         "layer_norm_type": "rms", "rms_norm_eps": 1e-5, "rope": true, "rope_theta": 500000.0, "weight_tying": false, "include_bias": false,
         "include_qkv_bias": false, "alibi": false, "attention_layer_norm": false, "bias_for_layer_norm": false, "layer_norm_with_affine": true,
         "attention_layer_norm_with_affine": false, "init_std": 0.05, "init_fn": "normal", "input_emb_norm": false, "scale_logits": false,
         "mask_token_id": 31999, "pad_token_id": 31998, "eos_token_id": 31998}
        """;

    private const string Llada2 = """
        {"model_type": "llada2_moe", "vocab_size": 32000, "hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 6,
         "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 64, "hidden_act": "silu", "use_qkv_bias": false, "use_qk_norm": true,
         "use_bias": false, "rms_norm_eps": 1e-6, "norm_topk_prob": true, "tie_word_embeddings": false, "initializer_range": 0.05,
         "max_position_embeddings": 1024, "rope_theta": 10000.0, "num_experts": 8, "num_shared_experts": 1, "num_experts_per_tok": 2,
         "n_group": 2, "topk_group": 1, "routed_scaling_factor": 1.0, "moe_intermediate_size": 384, "first_k_dense_replace": 1,
         "partial_rotary_factor": 1.0, "score_function": "sigmoid", "moe_router_enable_expert_bias": true, "pad_token_id": 31998,
         "eos_token_id": 31998}
        """;

    /// <summary>Prints a line a cache of Fast-dLLM: seconds, ratio to the literal loop, tokens a forward, and how many tokens are the same.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="newTokens">Tokens to write.</param>
    /// <param name="repeats">Timed runs of each, after one that is not.</param>
    public static void RunLlada(TextWriter output, int newTokens = 192, int repeats = 2)
    {
        using var model = Build(Llada);
        using var literalModel = Build(Llada);
        model.Products = ProductKind.Packed;
        int steps = newTokens / 2; // two tokens a step
        var mdlm = new MdlmSamplerOptions { Steps = steps, BlockSize = BlockSize, SuppressTokens = [Mask] };
        int[] literalTokens = [];
        var ways = new Dictionary<string, Func<(int[] Tokens, int Forwards)>>
        {
            ["literal"] = () =>
            {
                using var scope = NewDisposeScope();
                var history = LiteralMdlmLoop.Run(
                    new EagerDenoiser(literalModel), Canvas.ForCompletion([Tokens()], newTokens, Mask, Padding), false, BlockSize, mdlm, keepHistory: false);
                literalTokens = [.. history[^1][0].data<long>().ToArray().Skip(Prompt).Select(id => (int)id)];
                return (literalTokens, steps);
            },
        };
        foreach (var cache in Enum.GetValues<CacheMode>())
        {
            var options = new FastDllmOptions { Steps = steps, BlockSize = BlockSize, Cache = cache, SuppressTokens = [Mask] };
            ways[$"cache {cache}".ToLowerInvariant()] = () => Fill(
                new FastDllmSampler(model, options), Canvas.ForCompletion([Tokens()], newTokens, Mask, Padding, layout: options.Layout));
        }

        Report(output, $"LLaDA 8 × 512, T={Prompt + newTokens}, blocks of {BlockSize}, two tokens a step", ways, repeats);
    }

    /// <summary>Prints the same of LLaDA 2's exact cache.</summary>
    /// <inheritdoc cref="RunLlada"/>
    public static void RunLlada2(TextWriter output, int newTokens = 512 - Prompt, int repeats = 2)
    {
        using var model = Build(Llada2);
        using var literal = Build(Llada2); // the same weights, in eager products
        model.Products = ProductKind.Packed;
        double threshold = new Llada2Options().Threshold!.Value;
        var ways = new Dictionary<string, Func<(int[] Tokens, int Forwards)>>
        {
            ["literal"] = () => LiteralLlada2Loop.Run(new EagerDenoiser(literal), Tokens(), newTokens, Mask, BlockSize, stepsPerBlock: 8, threshold),
        };
        foreach (bool cached in (bool[])[false, true])
        {
            var options = new Llada2Options { MaxNewTokens = newTokens, BlockSize = BlockSize, StepsPerBlock = 8, UseCache = cached };
            ways[cached ? "exact cache" : "whole prefix"] = () => Fill(
                new Llada2Sampler(model, options), Canvas.ForCompletion([Tokens()], newTokens, Mask, Padding, layout: options.Layout));
        }

        Report(output, $"LLaDA 2 6 × 512, 8 experts, T={Prompt + newTokens}, blocks of {BlockSize} in 8 steps", ways, repeats);
    }

    private static void Report(TextWriter output, string title, Dictionary<string, Func<(int[] Tokens, int Forwards)>> ways, int repeats)
    {
        output.WriteLine(title);
        var timings = ways.Keys.ToDictionary(name => name, _ => new Timings());
        var results = new Dictionary<string, (int[] Tokens, int Forwards)>();
        for (var repeat = 0; repeat <= repeats; repeat++)
            foreach (var (name, run) in ways)
                results[name] = timings[name].Time(run);
        string first = ways.Keys.First();
        foreach (string name in ways.Keys)
        {
            var (tokens, forwards) = results[name];
            int same = tokens.Zip(results[first].Tokens).Count(pair => pair.First == pair.Second);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {timings[name].Seconds:0.00} s, ratio {timings[first].Seconds / timings[name].Seconds:0.00} "
                + $"(of processor times {timings[first].ProcessorSeconds / timings[name].ProcessorSeconds:0.00}), "
                + $"{tokens.Length / (double)forwards:0.0} tokens a step, {same} of {tokens.Length} tokens as {first}"));
        }
    }

    private static (int[] Tokens, int Forwards) Fill(ISampler sampler, Canvas canvas)
    {
        int steps = sampler.Sample(canvas).Count();
        return ([.. canvas.Written(0)], steps);
    }

    private static int[] Tokens() => [.. Enumerable.Range(0, Prompt).Select(i => 1000 + i * 37)];

    private static Denoiser Build(string config)
    {
        var json = JsonConfig.Parse(config, "benchmark");
        var model = (Denoiser)ModelFamilies.For(json.ModelType).Build(json, ScalarType.Float32, CPU);
        using var generator = new Generator(1, CPU);
        model.Initialize(generator);
        model.eval();
        return model;
    }
}
