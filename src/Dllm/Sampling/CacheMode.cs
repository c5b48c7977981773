namespace Dllm.Sampling;

/// <summary>What Fast-dLLM (arXiv:2505.22618) keeps of a forward over the whole canvas, made when a block begins, for its later steps.</summary>
public enum CacheMode
{
    /// <summary>Nothing: every step reads the whole canvas. Exact.</summary>
    None,

    /// <summary>The keys and values in front of the block: a step reads the block and all behind it.</summary>
    Prefix,

    /// <summary>The keys and values on both sides of the block: a step reads the block alone.</summary>
    Dual,
}
