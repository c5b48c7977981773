using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>A run over one canvas: the checks in front of it, and the source of its draws.</summary>
internal static class SamplingRun
{
    /// <summary>The source of a run's draws; the caller's own.</summary>
    public static Generator Generator(ISamplingMethod method) => new((ulong)(method.Seed ?? 0), CPU);

    /// <summary>Checks a canvas at once and fills it when the stream is enumerated.</summary>
    /// <exception cref="DllmException">The canvas cannot be sampled.</exception>
    public static IEnumerable<SampleStep> Of(ISamplingMethod method, Canvas canvas, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        method.Check(canvas);
        return Steps(method, canvas, cancellation);
    }

    private static IEnumerable<SampleStep> Steps(ISamplingMethod method, Canvas canvas, CancellationToken cancellation)
    {
        using var generator = Generator(method);
        foreach (var step in method.Over(canvas, generator).Run(canvas, cancellation)) yield return step;
    }
}
