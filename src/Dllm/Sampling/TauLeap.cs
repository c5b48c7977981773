using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// Draws the edits of one row in one step of τ-leaping (Havasi et al., 2025): within a short time every edit happens or not,
/// independently of the others, with a probability of rate times τ.
/// </summary>
/// <remarks>Arithmetic and draws as in the original: float32, and three uniform numbers a token in three passes.</remarks>
internal static class TauLeap
{
    private const float Certain = 1 - 1e-6f;

    /// <summary>Draws the edits of a step.</summary>
    /// <param name="rates">The rates of the row.</param>
    /// <param name="weight">What the schedule multiplies them with at this time.</param>
    /// <param name="tau">The time of the step.</param>
    /// <param name="generator">Where the numbers come from.</param>
    public static RowEdits Draw(RowEditRates rates, float weight, double tau, Generator generator)
    {
        float[] deletion = [.. rates.Deletion.Select(rate => rate * weight)];
        float[] change = [.. deletion.Zip(rates.Substitution, (rate, other) => rate + other * weight)];
        var changes = Happens(change, tau, generator);
        bool[] deletes = [.. Uniforms(rates.Length, generator).Select((u, i) => u < Math.Clamp(deletion[i] / (change[i] + 1e-8f), 0, 1))];
        var insertions = Happens([.. rates.Insertion.Select(rate => rate * weight)], tau, generator);
        var places = Enumerable.Range(0, rates.Length);
        return new RowEdits(
            [.. places.Where(i => changes[i] && !deletes[i])],
            [.. places.Where(i => changes[i] && deletes[i])],
            [.. places.Where(i => insertions[i])],
            Array.ConvertAll(change, rate => Chance(rate, tau)));
    }

    /// <summary>Draws for each rate whether something happens within τ.</summary>
    internal static bool[] Happens(float[] rates, double tau, Generator generator) =>
        [.. Uniforms(rates.Length, generator).Zip(rates, (uniform, rate) => uniform < Chance(rate, tau))];

    private static float Chance(float rate, double tau) => Math.Clamp(rate * (float)tau, 0, Certain);

    private static float[] Uniforms(int count, Generator generator)
    {
        using var uniforms = rand(count, float32, generator: generator);
        return uniforms.data<float>().ToArray();
    }
}
