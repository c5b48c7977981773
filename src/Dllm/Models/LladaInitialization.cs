using Dllm.Checkpoints;
using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>What a weight of a LLaDA does, on which its first values depend.</summary>
internal enum LladaRole
{
    Embedding,
    Inwards,

    /// <summary>Adds to the residual stream.</summary>
    Outwards,

    Head,
}

/// <summary>How a LLaDA's fresh weights are drawn: the methods that the original's <c>init_fn</c> names.</summary>
internal sealed record LladaInitialization(string Method, double Deviation, double? Cutoff, int Width, int Layers)
{
    private static readonly string[] Methods = ["normal", "mitchell", "kaiming_normal", "fan_in", "full_megatron"];

    public static LladaInitialization Parse(JsonConfig json, int width, int layers) => new(
        json.Choice("init_fn", Methods.ToDictionary(method => method), "normal"),
        json.Number("init_std", 0.02, min: 0),
        json.Has("init_cutoff_factor") ? json.Number("init_cutoff_factor", min: 1e-3) : null,
        width,
        layers);

    /// <summary>Fills a map; the offset becomes 0.</summary>
    /// <param name="map">What to fill.</param>
    /// <param name="role">What it does.</param>
    /// <param name="generator">The only source of randomness.</param>
    /// <param name="layer">The layer that an outward map belongs to, from 0.</param>
    public void Fill(Linear map, LladaRole role, Generator generator, int? layer = null)
    {
        var inputs = role == LladaRole.Outwards ? map.Weight.size(1) : Width;
        Fill(map.Weight, role, generator, inputs, layer);
        Initialization.Constant(map.Bias, 0);
    }

    /// <summary>Fills a table or a matrix, in which a row sums <paramref name="inputs"/> numbers.</summary>
    public void Fill(Tensor weight, LladaRole role, Generator generator, long inputs, int? layer = null, double factor = 1)
    {
        var (deviation, cutoff) = Spread(weight, role, inputs, layer, factor);
        if (cutoff is { } limit)
            Initialization.TruncatedNormal(weight, deviation, limit, generator);
        else
            Initialization.Normal(weight, deviation, generator);
    }

    private (double Deviation, double? Cutoff) Spread(Tensor weight, LladaRole role, long inputs, int? layer, double factor) => Method switch
    {
        "mitchell" => (factor / Math.Sqrt(inputs) / Math.Sqrt(layer is { } depth ? 2 * (depth + 1) : 1), 3),
        "fan_in" => (factor / Math.Sqrt(inputs), null),
        "kaiming_normal" => (Math.Sqrt(2.0 / weight.size(1)), null),
        "full_megatron" => (role switch
        {
            LladaRole.Outwards => Deviation / Math.Sqrt(2.0 * Layers),
            LladaRole.Head => 1 / Math.Sqrt(Width),
            _ => Deviation,
        }, Cutoff ?? 3),
        _ => (Deviation * factor, Cutoff),
    };
}
