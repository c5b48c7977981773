using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Models;
using Dllm.Tests.Cli;
using Dllm.Tokenization;
using TorchSharp;

namespace Dllm.Tests.Evaluation;

/// <summary>Every kind of likelihood, of models of two layers that read 64 tokens.</summary>
internal sealed class TinyLikelihoods : IDisposable
{
    private readonly TinyCheckpoint _tiny = new();

    public TinyLikelihoods()
    {
        string folder = _tiny.Copy("with-ends");
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")))!;
        (config["bos_token"], config["eos_token"]) = ("[CLS]", "[/Answer]");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
        Tokenizer = Tokenizer.FromDirectory(folder);
    }

    public Tokenizer Tokenizer { get; }

    public static EvalRequest Ask(string context, string continuation) => new("t", 0, 0, RequestKind.LogLikelihood, context, continuation, null);

    public static EvalRequest Roll(string text) => new("t", 0, 0, RequestKind.LogLikelihoodRolling, "", text, null);

    public void Dispose() => _tiny.Dispose();

    public Denoiser Open(string kind)
    {
        if (kind is "masked" or "guided" or "dream" or "dream chain") return PretrainedModel.Load(_tiny.Model).Denoiser;
        string type = kind == "ar" ? "llama" : "a2d-llama";
        string path = _tiny.Write($"{type}.json", $$"""
            {
              "model_type": "{{type}}", "vocab_size": 31, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
              "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64, "initializer_range": 0.3,
              "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false
            }
            """);
        using var generator = new torch.Generator(5, torch.CPU);
        return PretrainedModel.FromConfig(path, generator).Denoiser;
    }

    public ILikelihoodModel Of(string kind, Denoiser model, LikelihoodOptions options) => kind switch
    {
        "masked" => DiffusionLikelihoods.Masked(model, Tokenizer, options, model.MaxPositions),
        "guided" => DiffusionLikelihoods.Masked(model, Tokenizer, options with { Cfg = 1.5 }, model.MaxPositions),
        "dream" => DiffusionLikelihoods.Dream(model, Tokenizer, options, model.MaxPositions),
        "dream chain" => DiffusionLikelihoods.Dream(model, Tokenizer, options with { NllType = NllType.ArFtb }, model.MaxPositions),
        "ar" => new AutoregressiveLikelihoods(model, Tokenizer, options),
        _ => new BlockLikelihoods(model, Tokenizer, options, new BlockDiffusionLayout(kind == "block from start", kind == "shifted block")),
    };
}
