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
}
