using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>What a decoder layer does to each token by itself: a gated MLP, or a mixture of such.</summary>
public abstract class FeedForward(string name) : nn.Module(name)
{
    /// <summary>[..., D] → [..., D], token by token.</summary>
    public abstract Tensor Forward(Tensor hidden);

    /// <summary>Draws fresh weights: normal with this deviation, offsets 0.</summary>
    public abstract void Initialize(Generator generator, double deviation);
}
