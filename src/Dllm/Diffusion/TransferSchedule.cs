using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Diffusion;

/// <summary>
/// How many masked tokens to reveal in each step of a block: the reverse process of a <see cref="NoiseSchedule"/>,
/// cut into equal slices of time. Steps that would reveal nothing are left out, so a plan may be shorter than
/// <see cref="Steps"/>; its numbers add up to the masks it was made for.
/// </summary>
/// <remarks>
/// As the original: the chance of staying masked is a float32 ratio, its complement and the product with the number of masks
/// are float64, and halves are rounded to the even number.
/// </remarks>
public sealed class TransferSchedule
{
    private readonly double[] _revealProbabilities; // by step, of a token that is still masked

    /// <summary>Cuts the reverse process of <paramref name="noise"/> into <paramref name="steps"/> (at least 1) slices.</summary>
    public TransferSchedule(NoiseSchedule noise, int steps)
    {
        ArgumentNullException.ThrowIfNull(noise);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        Steps = steps;
        var from = new double[steps];
        var to = new double[steps];
        for (var i = 0; i < steps; i++)
        {
            from[i] = (double)(steps - i) / steps;
            to[i] = (double)(steps - i - 1) / steps;
        }

        _revealProbabilities = Array.ConvertAll(noise.ReverseMaskProbabilities(to, from), stay => 1 - stay);
    }

    /// <summary>The number of slices of time: an upper bound of a plan's length.</summary>
    public int Steps { get; }

    /// <summary>Reveals the expected number of tokens in each step, rounded half to even.</summary>
    /// <returns>Tokens to reveal, step by step, each at least 1; empty if there are no masks.</returns>
    public int[] Deterministic(int masks) =>
        Plan(masks, (left, probability) => (int)Math.Round(left * probability, MidpointRounding.ToEven));

    /// <summary>Draws the number of tokens to reveal in each step from a binomial distribution.</summary>
    /// <remarks>Draws once a step until no mask is left, and once if there was none: the order of the original.</remarks>
    /// <returns>Tokens to reveal, step by step, each at least 1; empty if there are no masks.</returns>
    public int[] Stochastic(int masks, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        return Plan(masks, (left, probability) =>
        {
            using var scope = NewDisposeScope();
            return (int)binomial(tensor((double)left), tensor(probability), generator).ToDouble();
        });
    }

    private int[] Plan(int masks, Func<int, double, int> choose)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(masks);
        var plan = new List<int>(Math.Min(masks, Steps));
        foreach (var probability in _revealProbabilities)
        {
            var reveal = Math.Min(choose(masks, probability), masks);
            if (reveal > 0) plan.Add(reveal);
            masks -= reveal;
            if (masks == 0) break;
        }

        return [.. plan];
    }
}
