using Dllm.Checkpoints;
using Dllm.Layers;

namespace Dllm.Models;

/// <summary>Reads the sizes of a mixture of experts, which every family names in its own way.</summary>
internal static class MixtureConfig
{
    /// <param name="json">config.json.</param>
    /// <param name="experts">The key of the number of experts.</param>
    /// <param name="defaultExperts">The family's default; null: it must be there.</param>
    /// <param name="perToken">The key of the number of experts that a token passes through.</param>
    /// <param name="defaultPerToken">The family's default.</param>
    /// <param name="innerWidth">The key of an expert's inner width, which must be there.</param>
    /// <param name="width">D.</param>
    /// <param name="activation">Of the gates.</param>
    public static MixtureShape Parse(
        JsonConfig json,
        string experts,
        int? defaultExperts,
        string perToken,
        int? defaultPerToken,
        string innerWidth,
        int width,
        Activation activation)
    {
        var count = json.Integer(experts, defaultExperts, min: 1, max: 100_000);
        return new MixtureShape
        {
            Width = width,
            InnerWidth = json.Integer(innerWidth, min: 1),
            Experts = count,
            PerToken = json.Integer(perToken, defaultPerToken, min: 1, max: count),
            Activation = activation,
        };
    }
}
