namespace Dllm.Layers;

/// <summary>Sizes that every mixture of experts has.</summary>
public sealed record MixtureShape
{
    /// <summary>D.</summary>
    public required int Width { get; init; }

    /// <summary>Inner width of one expert (F).</summary>
    public required int InnerWidth { get; init; }

    /// <summary>Number of experts (E).</summary>
    public required int Experts { get; init; }

    /// <summary>Experts that each token passes through (k), at most E.</summary>
    public required int PerToken { get; init; }

    /// <summary>Of the experts' gates.</summary>
    public required Activation Activation { get; init; }
}
