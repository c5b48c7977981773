namespace Dllm.Training;

/// <summary>What a batch's summed loss is divided by (the original's <c>loss_norm_type</c>).</summary>
public enum LossNormalization
{
    /// <summary>The batch's number of maskable tokens. The default.</summary>
    Token,

    /// <summary>Each row's number of maskable tokens, then the number of rows.</summary>
    Sequence,

    /// <summary>The number of rows.</summary>
    Batch,
}
