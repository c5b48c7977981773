using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Layers;

/// <summary>A normalisation over the last dimension, with the checkpoint's names <c>weight</c> and <c>bias</c>, each [width] or absent.</summary>
public abstract class Normalization(string name) : nn.Module(name)
{
    /// <summary>The scale [width], or null.</summary>
    public abstract Parameter? Weight { get; }

    /// <summary>The offset [width], or null.</summary>
    public abstract Parameter? Bias { get; }

    /// <summary>[..., width] → [..., width].</summary>
    public abstract Tensor Forward(Tensor input);
}
