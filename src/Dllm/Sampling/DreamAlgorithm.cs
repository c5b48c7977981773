namespace Dllm.Sampling;

/// <summary>Which of the proposed tokens Dream commits in a step.</summary>
public enum DreamAlgorithm
{
    /// <summary>Random ones, as the reverse process of masked diffusion says.</summary>
    Origin,

    /// <summary>Those with the most probable tokens.</summary>
    MaskGitPlus,

    /// <summary>Those whose most probable token is the farthest ahead of the second.</summary>
    TopKMargin,

    /// <summary>Those with the narrowest distributions.</summary>
    Entropy,

    /// <summary>All whose token's probability reaches a threshold (Fast-dLLM).</summary>
    ConfidenceThreshold,
}
