using System.Globalization;
using System.Text.RegularExpressions;
using Dllm.Checkpoints;

namespace Dllm.Models;

/// <summary>The sizes by which models are compared, whatever their families call them.</summary>
public sealed partial record ModelSizes
{
    private const string Experts = ".experts.";

    /// <summary>Transformer blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Elements of a hidden state.</summary>
    public required int Width { get; init; }

    /// <summary>Attention heads; null where the configuration does not say.</summary>
    public required int? Heads { get; init; }

    /// <summary>Heads of keys and values, where they are fewer; else null.</summary>
    public required int? KeyValueHeads { get; init; }

    /// <summary>Tokens the head scores.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens the model reads at most.</summary>
    public required int Context { get; init; }

    /// <summary>Experts of a layer, of which each token goes to some; null for dense models.</summary>
    public required int? ExpertsPerLayer { get; init; }

    /// <summary>Experts that each token goes to; null for dense models.</summary>
    public required int? ExpertsPerToken { get; init; }

    /// <summary>Parameters, shared ones once.</summary>
    public required long Parameters { get; init; }

    /// <summary>Parameters that one token's forward uses: all but the experts it does not go to.</summary>
    public required long ActiveParameters { get; init; }

    /// <summary>Reads the sizes off a model, which may lie on the meta device, and its configuration.</summary>
    public static ModelSizes Of(Denoiser denoiser, JsonConfig config)
    {
        var parameters = denoiser.named_parameters()
            .Select(pair => (Name: pair.name, Shape: pair.parameter.shape, Count: pair.parameter.numel())).ToList();
        var experts = Find(config, "num_experts", "n_routed_experts", "num_local_experts");
        var perToken = Find(config, "num_experts_per_tok", "moe_topk");
        var all = parameters.Sum(parameter => parameter.Count);
        var inExperts = parameters.Where(parameter => parameter.Name.Contains(Experts, StringComparison.Ordinal))
            .Sum(parameter => parameter.Count);
        var heads = Find(config, "num_attention_heads", "n_heads", "n_head");
        var keyValueHeads = Find(config, "num_key_value_heads", "n_kv_heads");
        return new ModelSizes
        {
            Layers = parameters.Select(parameter => LayerNumber().Match(parameter.Name)).Where(match => match.Success)
                .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) + 1).DefaultIfEmpty(0).Max(),
            Width = Find(config, "hidden_size", "d_model", "n_embd")
                ?? (int)parameters.First(parameter => parameter.Shape.Length == 2).Shape[1],
            Heads = heads,
            KeyValueHeads = keyValueHeads == heads ? null : keyValueHeads,
            Vocabulary = denoiser.VocabularySize,
            Context = denoiser.MaxPositions,
            ExpertsPerLayer = inExperts > 0 ? experts : null,
            ExpertsPerToken = inExperts > 0 ? perToken : null,
            Parameters = all,
            ActiveParameters = inExperts > 0 && experts is > 0 and var count && perToken is { } used
                ? all - inExperts + (inExperts / count * used)
                : all,
        };
    }

    private static int? Find(JsonConfig config, params string[] names) =>
        names.FirstOrDefault(config.Has) is { } name ? config.OptionalInteger(name) : null;

    [GeneratedRegex(@"\.(\d+)\.")]
    private static partial Regex LayerNumber();
}
