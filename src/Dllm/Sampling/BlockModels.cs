using Dllm.Models;

namespace Dllm.Sampling;

/// <summary>Which models can be sampled block by block with nothing behind a block in sight.</summary>
internal static class BlockModels
{
    /// <summary>Checks that a model takes a mask of blocks: decoders do.</summary>
    /// <exception cref="DllmException">It does not.</exception>
    public static void Require(Denoiser denoiser)
    {
        if (!denoiser.TakesWholeMasks)
        {
            throw new DllmException(
                $"a model of type {denoiser.GetName()} sees all of a text at once and cannot be sampled block after block",
                "use the sampler mdlm, or a decoder (a2d-*, LLaDA, LLaDA2, RND1)");
        }
    }
}
