using Dllm.Layers.Kernels;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>The most probable token; the first of equals.</summary>
internal sealed class GreedyChoice : ITokenChoice
{
    public Tensor? DrawNoise(long cells, int vocabulary) => null;

    public Tensor Choose(Tensor logits, Tensor? noise) => CpuKernels.CanFindLargest(logits) ? CpuKernels.ArgMax(logits) : logits.argmax(-1);
}
