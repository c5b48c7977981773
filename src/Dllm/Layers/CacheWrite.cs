namespace Dllm.Layers;

/// <summary>What a forward does with the keys and values that it computes.</summary>
public enum CacheWrite
{
    /// <summary>Stores them behind the columns held: an exact prefix cache grows this way.</summary>
    Append,

    /// <summary>Lets this forward see them behind the columns held, and forgets them: a block that is still being denoised.</summary>
    Discard,

    /// <summary>
    /// Overwrites the columns from <see cref="KvCache.ReplaceStart"/> on; the forward sees every column held, those behind included. This
    /// is the dual cache of Fast-dLLM (Wu et al., 2025): an approximation, for the columns behind were computed from older tokens.
    /// </summary>
    Replace,
}
