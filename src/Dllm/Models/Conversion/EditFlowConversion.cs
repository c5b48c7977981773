using System.Text.Json.Nodes;
using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>
/// Puts Edit-Flow heads on a masked diffusion model: both new heads begin as copies of its own, the rates as fresh weights.
/// </summary>
public static class EditFlowConversion
{
    /// <summary>The model types that can be converted.</summary>
    public static IReadOnlyList<string> Sources { get; } = [.. EditFlowLayout.All.Select(layout => layout.BaseType)];

    /// <summary>Converts a checkpoint. Every weight keeps its bits and its type.</summary>
    /// <param name="source">A checkpoint's folder.</param>
    /// <param name="output">The new checkpoint's folder: it does not exist yet, or is empty.</param>
    /// <param name="seed">Where the rates' fresh weights come from.</param>
    /// <exception cref="DllmException">A file is missing or wrong, the model is of another kind, or the output not writable.</exception>
    public static ConvertedCheckpoint Convert(string source, string output, ulong seed = 42)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var opened = ConversionSource.Open(source, Sources, "make one of an autoregressive model first: dllm convert a2d");
        var layout = EditFlowLayout.All.Single(row => row.BaseType == opened.Config.ModelType);
        var tensors = opened.ReadAll();
        var head = opened.Find(layout.HeadKey + ".weight")!; // [V, D], there because the checkpoint fits its model
        foreach (var name in (string[])["sub_logits", "ins_logits"])
        {
            tensors[name + ".weight"] = head;
            if (opened.Find(layout.HeadKey + ".bias") is { } bias)
                tensors[name + ".bias"] = bias;
        }

        using var generator = new Generator(seed);
        var rates = empty(3, head.size(1));
        Initialization.Normal(rates, EditFlowLayout.InitializerRange(opened.Config), generator);
        tensors["rate_heads.0.weight"] = rates.to_type(head.dtype);
        tensors["rate_heads.0.bias"] = zeros(3, head.dtype);
        var tokenizer = opened.ReadTokenizer(layout.ModelType);
        var config = opened.Config.With("model_type", layout.ModelType)
            .With("architectures", new JsonArray(layout.Architecture)).With("auto_map", null);
        opened.Write(output, config, tensors, tokenizer);
        var special = tokenizer?.SpecialTokens;
        return new ConvertedCheckpoint(layout.ModelType, tensors.Count, opened.VocabularySize, 0, special?.Mask, special?.MaskId);
    }
}
