namespace Dllm.Sampling;

/// <summary>Times from 1 down to epsilon in equal steps, as Dream counts them: float32, as torch's <c>linspace</c> makes them.</summary>
internal sealed class DiffusionTimes
{
    private readonly float[] _times;

    /// <summary>Cuts the time from 1 to <paramref name="epsilon"/> into <paramref name="steps"/>, at least 1.</summary>
    public DiffusionTimes(int steps, double epsilon)
    {
        using var times = TorchSharp.torch.linspace(1, epsilon, steps + 1, TorchSharp.torch.float32);
        _times = times.data<float>().ToArray();
    }

    /// <summary>The number of steps.</summary>
    public int Steps => _times.Length - 1;

    /// <summary>The chance that a mask is revealed in a step, counted from 0: 1 - s / t.</summary>
    public float RevealShare(int step) => 1 - _times[step + 1] / _times[step];

    /// <summary>
    /// The tokens to commit in each step of a block: one in the first, then the revealed share of those left, rounded down, and in the
    /// last step all. Steps that would commit nothing are left out.
    /// </summary>
    public int[] Plan(int masks)
    {
        var plan = new List<int>();
        for (var step = 0; masks > 0; step++)
        {
            var count = step == 0 ? 1 : step < Steps - 1 ? (int)(masks * RevealShare(step)) : masks;
            if (count > 0) plan.Add(count);
            masks -= count;
        }

        return [.. plan];
    }
}
