namespace Dllm.Sampling;

/// <summary>What is kept of earlier forwards. Prefix and dual are Fast-dLLM's (arXiv:2505.22618): made when a block begins, for its later steps.</summary>
public enum CacheMode
{
    /// <summary>Nothing: every step reads the whole canvas. Exact.</summary>
    None,

    /// <summary>The keys and values in front of the block: a step reads the block and all behind it.</summary>
    Prefix,

    /// <summary>The keys and values on both sides of the block: a step reads the block alone.</summary>
    Dual,

    /// <summary>
    /// The keys and values of all other columns, also those of earlier blocks, computed anew at intervals: of everything now and then, of what
    /// is behind the prompts more often (after dLLM-Cache, arXiv:2506.06295, without its choice of single tokens). The intervals count a
    /// batch's steps, so a row's text depends on its neighbours'. Fast-dLLM's sampler only.
    /// </summary>
    Refresh,
}
