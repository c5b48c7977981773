using Dllm.Models;

namespace Dllm.Sampling;

/// <summary>Which <see cref="ICacheStrategy"/> an option asks for.</summary>
internal static class FastCaches
{
    /// <summary>The strategy for one run.</summary>
    public static ICacheStrategy Make(CacheMode mode, CanvasReader reader) => mode switch
    {
        CacheMode.None => new FullRecompute(reader),
        CacheMode.Prefix => new WindowCache(reader, isDual: false),
        CacheMode.Dual => new WindowCache(reader, isDual: true),
        _ => throw new DllmException($"this sampler has no cache {mode.ToString().ToLowerInvariant()}", "use none, prefix or dual, or the sampler fast-dllm"),
    };

    /// <summary>The model, if it has what the option needs.</summary>
    /// <exception cref="DllmException">It keeps no keys and values.</exception>
    public static Denoiser Require(Denoiser denoiser, CacheMode mode)
    {
        if (mode == CacheMode.None || denoiser.SupportsCache) return denoiser;
        throw new DllmException(
            $"a model of type {denoiser.GetName()} keeps no keys and values for the {mode.ToString().ToLowerInvariant()} cache",
            "sample without a cache; decoders (LLaDA, Dream, a2d-*) have one");
    }
}
