using System.Diagnostics;
using System.Globalization;
using Dllm.Sampling;

namespace Dllm.Cli.Display;

/// <summary>Counts a sampling run while it goes: steps, tokens, and the time that the sampler itself took (not the drawing).</summary>
internal sealed class SamplingPace
{
    private readonly Stopwatch _clock = new();
    private (int Tokens, TimeSpan Time) _first;

    /// <summary>Steps done.</summary>
    public int Steps { get; private set; }

    /// <summary>Tokens committed: without the padding behind texts that stopped early, and less what was masked again.</summary>
    public int Tokens { get; private set; }

    /// <summary>Time inside the sampler.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>
    /// Tokens committed a second, without the first step and its tokens: it reads the prompt, and the first of a process warms up. Of a run of
    /// one step, with it.
    /// </summary>
    public double TokensPerSecond => Steps > 1
        ? Math.Max(Tokens - _first.Tokens, 0) / Math.Max((_clock.Elapsed - _first.Time).TotalSeconds, 1e-9)
        : Tokens / Math.Max(_clock.Elapsed.TotalSeconds, 1e-9);

    /// <summary>The same steps, counted and timed.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    public IEnumerable<SampleStep> Measure(IEnumerable<SampleStep> steps, int maskTokenId)
    {
        using var walk = steps.GetEnumerator();
        while (Advance(walk))
        {
            Steps++;
            Tokens += Written(walk.Current, maskTokenId);
            if (Steps == 1) _first = (Tokens, _clock.Elapsed);
            yield return walk.Current;
        }
    }

    /// <summary>Where sampling stands, in one line.</summary>
    public string Describe(SampleStep step)
    {
        string block = step.Blocks > 1 ? $" · block {step.Block + 1}/{step.Blocks}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {step.Step}/{step.Steps}{block} · {step.MasksLeft} masks left · {TokensPerSecond:N0} tokens/s");
    }

    private static int Written(SampleStep step, int maskTokenId) => step.Replacements.Sum(replaced => replaced.Written) - step.Padded
        + step.Changes.Sum(change => change.Id == maskTokenId ? -1 : 1);

    private bool Advance(IEnumerator<SampleStep> walk)
    {
        _clock.Start();
        try
        {
            return walk.MoveNext();
        }
        finally
        {
            _clock.Stop();
        }
    }
}
