namespace Dllm.Sampling;

/// <summary>Which <see cref="ICacheStrategy"/> an option asks for.</summary>
internal static class FastCaches
{
    /// <summary>The strategy for one run.</summary>
    public static ICacheStrategy Make(CacheMode mode, CanvasReader reader) => mode switch
    {
        CacheMode.None => new FullRecompute(reader),
        CacheMode.Prefix => new WindowCache(reader, isDual: false),
        _ => new WindowCache(reader, isDual: true),
    };
}
