namespace Dllm.Sampling;

public abstract partial record SamplerOptions
{
    /// <summary>What is kept of earlier forwards; anything but none is an approximation.</summary>
    public CacheMode Cache { get; init; }

    /// <summary>
    /// Keeps keys and values of finished blocks where a model is block-causal, which changes nothing but the work. Off for denoisers that
    /// take no cache.
    /// </summary>
    public bool UseCache { get; init; } = true;

    /// <summary>
    /// Does as the original where that falls short, such as masks that stay in a text. By default no mask stays, a text does not depend on
    /// the rows beside it, and rows stop by themselves.
    /// </summary>
    public bool AsOriginal { get; init; }

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Draws in the original's order, so that its seeded results are reproduced; slower.</summary>
    public bool ReferenceRng { get; init; }
}

public static partial class SamplingOption
{
    /// <summary><see cref="SamplerOptions.Cache"/>.</summary>
    public static SamplerOption Cache { get; } = SamplerOption.Of<SamplerOptions, CacheMode>(
        "use-cache", "What is kept of earlier steps", OptionValue.Choice<CacheMode>(), o => o.Cache, (o, value) => o with { Cache = value });

    /// <summary><see cref="SamplerOptions.AsOriginal"/>.</summary>
    public static SamplerOption AsOriginal { get; } = SamplerOption.Of<SamplerOptions, bool>(
        "as-original",
        "Repeat what the original gets wrong too, such as masks that stay in the text; with reference-rng its seeded results to the letter",
        OptionValue.Switch, o => o.AsOriginal, (o, value) => o with { AsOriginal = value });

    /// <summary><see cref="SamplerOptions.Seed"/>.</summary>
    public static SamplerOption Seed { get; } = SamplerOption.Of<SamplerOptions, long?>(
        "seed", "The seed of all draws: the same seed gives the same text", new SeedNumber(), o => o.Seed, (o, value) => o with { Seed = value });

    /// <summary><see cref="SamplerOptions.ReferenceRng"/>.</summary>
    public static SamplerOption ReferenceRng { get; } = SamplerOption.Of<SamplerOptions, bool>(
        "reference-rng", "Draw in the original's order, so that its seeded results are reproduced; slower",
        OptionValue.Switch, o => o.ReferenceRng, (o, value) => o with { ReferenceRng = value });
}
