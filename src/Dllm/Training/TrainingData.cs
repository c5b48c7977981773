using Dllm.Data;

namespace Dllm.Training;

/// <summary>What a run reads: tokenised rows, and how rows become batches.</summary>
public sealed record TrainingData
{
    /// <summary>Rows to train on, at least one.</summary>
    public required IReadOnlyList<TokenizedSample> Train { get; init; }

    /// <summary>Rows to evaluate on; null or empty: no evaluation.</summary>
    public IReadOnlyList<TokenizedSample>? Evaluation { get; init; }

    /// <summary>Makes training batches.</summary>
    public required ICollator Collator { get; init; }

    /// <summary>Makes evaluation batches; null (the default) is <see cref="Collator"/>.</summary>
    public ICollator? EvaluationCollator { get; init; }

    /// <summary>Whether rows are shuffled, anew each epoch; default true. False visits them in order.</summary>
    public bool Shuffle { get; init; } = true;
}
