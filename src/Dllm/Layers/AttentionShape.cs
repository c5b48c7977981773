namespace Dllm.Layers;

/// <summary>Sizes and switches of a <see cref="GroupedQueryAttention"/>.</summary>
public sealed record AttentionShape
{
    /// <summary>D.</summary>
    public required int Width { get; init; }

    /// <summary>Query heads (H).</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; they divide the query heads.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>K; H·K need not be D.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Whether the maps to queries, keys and values have offsets.</summary>
    public bool InputBias { get; init; }

    /// <summary>Whether the map back has one.</summary>
    public bool OutputBias { get; init; }

    /// <summary>The ε with which queries and keys are normalised head by head; null where they are not.</summary>
    public double? HeadNormEpsilon { get; init; }

    /// <summary>Queries, keys and values are cut off at ± this before they turn; null where they are not.</summary>
    public double? Clip { get; init; }

    /// <summary>Query heads for each key head (G).</summary>
    public int Groups => Heads / KeyHeads;
}
