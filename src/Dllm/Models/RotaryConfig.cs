using Dllm.Checkpoints;
using Dllm.Layers;

namespace Dllm.Models;

/// <summary>
/// Reads the rotary positions of a configuration: <c>rope_parameters</c> as transformers 5 writes them, or <c>rope_theta</c> and
/// <c>rope_scaling</c> as before.
/// </summary>
internal static class RotaryConfig
{
    private const string Type = "rope_type";
    private const string Factor = "factor";
    private const string OriginalPositions = "original_max_position_embeddings";

    /// <param name="json">config.json.</param>
    /// <param name="headWidth">K.</param>
    /// <param name="positions">The longest sequence, for scalings that do not say what they were trained on.</param>
    /// <param name="theta">The family's base where the file gives none.</param>
    /// <param name="part">The family's share of a head's features that turn, where the file gives none.</param>
    public static RotaryOptions Parse(JsonConfig json, int headWidth, int positions, double theta = 10_000, double part = 1)
    {
        var section = json.Section("rope_parameters") ?? json.Section("rope_scaling");
        var holder = section is not null && section.Has("rope_theta") ? section : json;
        theta = holder.Number("rope_theta", theta, min: 1);
        part = (section is not null && section.Has("partial_rotary_factor") ? section : json)
            .Number("partial_rotary_factor", part, min: 0, max: 1);
        var width = (int)(headWidth * part);
        if (width < 2 || width % 2 != 0)
            throw json.Error($"{width} features of a head are to turn by their positions, but it must be a positive, even number");
        return new RotaryOptions(theta, width, section is null ? null : ParseScaling(section, theta, positions));
    }

    private static RotaryScaling? ParseScaling(JsonConfig section, double theta, int positions)
    {
        var kind = section.Text(section.Has(Type) || !section.Has("type") ? Type : "type", "default");
        return kind switch
        {
            "default" => null,
            "linear" => new LinearScaling(section.Number(Factor, min: 1)),
            "llama3" => ParseLlama3(section),
            "yarn" => new YarnScaling(section.Number(Factor, min: 1), theta, section.Integer(OriginalPositions, positions, min: 1))
            {
                FastTurns = section.Number("beta_fast", 32, min: 0),
                SlowTurns = section.Number("beta_slow", 1, min: 0),
                AttentionFactor = section.Has("attention_factor") ? section.Number("attention_factor", min: 0) : null,
                Truncates = section.Flag("truncate", true),
            },
            _ => throw section.Error($"{Type} '{kind}' is not supported", "use a model of default, linear, llama3 or yarn positions"),
        };
    }

    private static Llama3Scaling ParseLlama3(JsonConfig section)
    {
        var (low, high) = (section.Number("low_freq_factor", min: 0), section.Number("high_freq_factor", min: 0));
        return low < high
            ? new Llama3Scaling(section.Number(Factor, min: 1), low, high, section.Integer(OriginalPositions, min: 1))
            : throw section.Error($"low_freq_factor {low} is not below high_freq_factor {high}");
    }
}
