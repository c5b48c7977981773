using System.Diagnostics;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Benchmarks;

/// <summary>Counts a denoiser's forwards and the time inside them: what is left of a step is the sampler's own.</summary>
internal sealed class TimedDenoiser(IDenoiser inner) : IDenoiser
{
    public int VocabularySize => inner.VocabularySize;

    /// <summary>Forwards since the last <see cref="Reset"/>, a batch counted once.</summary>
    public int Forwards { get; private set; }

    /// <summary>Time inside them.</summary>
    public TimeSpan Inside { get; private set; }

    public void Reset() => (Forwards, Inside) = (0, TimeSpan.Zero);

    public Tensor Forward(DenoiserInput input)
    {
        long start = Stopwatch.GetTimestamp();
        var logits = inner.Forward(input);
        Inside += Stopwatch.GetElapsedTime(start);
        Forwards++;
        return logits;
    }
}
