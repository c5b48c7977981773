namespace Dllm.Sampling;

/// <summary>By what the tokens of a step are chosen; all others stay masked.</summary>
public enum Remasking
{
    /// <summary>The most probable proposals are kept.</summary>
    LowConfidence,

    /// <summary>Positions are drawn at random.</summary>
    Random,
}
