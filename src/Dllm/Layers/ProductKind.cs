namespace Dllm.Layers;

/// <summary>How a model computes its matrix products on the CPU where no gradient is needed. Training always computes them plainly.</summary>
public enum ProductKind
{
    /// <summary>By libtorch, from the weights as they are.</summary>
    Plain,

    /// <summary>
    /// From weights packed for oneDNN's kernels at the first use: the same to rounding, faster in float32, and as much memory again for the
    /// matrices used.
    /// </summary>
    Packed,

    /// <summary>
    /// From weights rounded to eight bits with a scale for each output, and inputs rounded as they come with a scale for each row: half of
    /// a product's time in bfloat16 and a little less exact. The rounded weights are held besides the model's own.
    /// </summary>
    Int8,
}
