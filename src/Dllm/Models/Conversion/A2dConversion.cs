using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// Makes a diffusion model of an autoregressive one (A2D): the same weights, seen from both sides, and a mask token. What comes out writes
/// no sense yet; it is where the training of one begins.
/// </summary>
public static class A2dConversion
{
    private static readonly (string From, string To, string Architecture)[] Kinds =
    [
        ("llama", "a2d-llama", "A2DLlamaLMHeadModel"),
        ("qwen2", "a2d-qwen2", "A2DQwen2LMHeadModel"),
        ("qwen3", "a2d-qwen3", "A2DQwen3LMHeadModel"),
        ("gpt2", "a2d-gpt2", "A2DGPT2LMHeadModel"),
    ];

    /// <summary>The tensors that have a row for each token, by the names of all kinds.</summary>
    private static readonly string[] VocabularyKeys =
        ["model.embed_tokens.weight", "transformer.wte.weight", "wte.weight", "lm_head.weight"];

    /// <summary>The model types that can be converted.</summary>
    public static IReadOnlyList<string> Sources { get; } = [.. Kinds.Select(kind => kind.From)];

    /// <summary>
    /// Converts a checkpoint. Every weight keeps its bits and its type. The tokenizer gets the mask token <c>&lt;|mask|&gt;</c>; where the
    /// model has no row for its id (Qwen's has, Llama's and GPT-2's have not) rows are added, each the mean of those there, and
    /// <c>vocab_size</c> grows. The original adds none, and there the mask's id is out of range.
    /// </summary>
    /// <param name="source">A checkpoint's folder, with a tokenizer.</param>
    /// <param name="output">The new checkpoint's folder: it does not exist yet, or is empty.</param>
    /// <exception cref="DllmException">A file is missing or wrong, the model is of another kind, or the output not writable.</exception>
    public static ConvertedCheckpoint Convert(string source, string output)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var opened = ConversionSource.Open(source, Sources, "a diffusion model needs no such conversion");
        var (_, target, architecture) = Kinds.Single(kind => kind.From == opened.Config.ModelType);
        var tokenizer = opened.ReadTokenizer(target)
            ?? throw new DllmException(
                $"'{source}' has no tokenizer.json, so there is nowhere to add the mask token", "fetch it along with the weights");
        var tokens = tokenizer.IdCount;
        var vocabulary = Math.Max(tokens, opened.VocabularySize);
        var tensors = opened.ReadAll();
        var config = opened.Config.With("model_type", target).With("architectures", new JsonArray(architecture))
            .With("auto_map", null);
        if (vocabulary > opened.VocabularySize)
        {
            foreach (var key in VocabularyKeys.Where(tensors.ContainsKey))
                tensors[key] = VocabularyRows.Extend(tensors[key], vocabulary);
            config = config.With("vocab_size", vocabulary);
        }

        opened.Write(output, config, tensors, tokenizer);
        var special = tokenizer.SpecialTokens;
        return new ConvertedCheckpoint(target, tensors.Count, vocabulary, vocabulary - opened.VocabularySize, special.Mask, special.MaskId);
    }
}
