using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// What a sampler's options make of a model and a canvas. Whoever runs the loop, a sampler alone or a batch of requests, goes by it, so
/// that both write the same.
/// </summary>
internal interface ISamplingMethod
{
    /// <summary>The seed of all draws; null is 0.</summary>
    long? Seed { get; }

    /// <summary>Checks that a canvas can be sampled.</summary>
    /// <exception cref="DllmException">The model cannot read it, or the options do not fit it.</exception>
    void Check(Canvas canvas);

    /// <summary>The loop that fills a canvas; it serves one run.</summary>
    /// <param name="canvas">The canvas, checked.</param>
    /// <param name="generator">The source of all draws.</param>
    DenoisingLoop Over(Canvas canvas, Generator generator);
}
