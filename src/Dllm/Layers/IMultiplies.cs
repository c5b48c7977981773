namespace Dllm.Layers;

/// <summary>A layer that is one matrix product, and can compute it in more than one way.</summary>
internal interface IMultiplies
{
    /// <summary>How it does where no gradient is needed. Setting it forgets what another way had prepared.</summary>
    ProductKind Products { set; }
}
