using Dllm.Layers.Kernels;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>
/// A denoiser as the original's run: every operation is libtorch's own, attention its fused one over the whole canvas. What literal loops
/// are given, so that nothing of ours but the memory's settings is on their side.
/// </summary>
internal sealed class EagerDenoiser(IDenoiser inner) : IDenoiser
{
    public int VocabularySize => inner.VocabularySize;

    public Tensor Forward(DenoiserInput input)
    {
        CpuKernels.AreOn = false;
        try
        {
            return inner.Forward(input);
        }
        finally
        {
            CpuKernels.AreOn = true;
        }
    }
}
