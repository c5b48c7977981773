using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>A change of the rotary wavelengths that lets a model reach farther than it was trained.</summary>
public abstract record RotaryScaling
{
    /// <summary>What cosines and sines are multiplied with.</summary>
    public virtual double Magnitude => 1;

    /// <summary>Frequencies [K/2] (radians a token, float32) → frequencies. Called within a dispose scope.</summary>
    public abstract Tensor Apply(Tensor frequencies);
}

/// <summary>All wavelengths longer by a factor (Chen et al., 2023).</summary>
/// <param name="Factor">At least 1.</param>
public sealed record LinearScaling(double Factor) : RotaryScaling
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor frequencies) => frequencies / Factor;
}

/// <summary>Llama 3.1's: long wavelengths longer by the factor, short ones as they are, those between smoothly in between.</summary>
/// <param name="Factor">At least 1.</param>
/// <param name="LowFactor">Wavelengths above <paramref name="OriginalPositions"/> over this are scaled wholly.</param>
/// <param name="HighFactor">Wavelengths below <paramref name="OriginalPositions"/> over this stay.</param>
/// <param name="OriginalPositions">The length trained on.</param>
public sealed record Llama3Scaling(double Factor, double LowFactor, double HighFactor, double OriginalPositions) : RotaryScaling
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor frequencies)
    {
        var wavelengths = frequencies.reciprocal() * (2 * Math.PI);
        var smooth = (OriginalPositions / wavelengths - LowFactor) / (HighFactor - LowFactor);
        var between = (1 - smooth) * frequencies / Factor + smooth * frequencies;
        var scaled = where(wavelengths.gt(OriginalPositions / LowFactor), frequencies / Factor, frequencies);
        var isBetween = wavelengths.ge(OriginalPositions / HighFactor).logical_and(wavelengths.le(OriginalPositions / LowFactor));
        return where(isBetween, between, scaled);
    }
}

/// <summary>YaRN (Peng et al., 2023): as <see cref="Llama3Scaling"/> in spirit, with a ramp over the features and a magnitude.</summary>
/// <param name="Factor">At least 1.</param>
/// <param name="Theta">The base of the wavelengths.</param>
/// <param name="OriginalPositions">The length trained on.</param>
public sealed record YarnScaling(double Factor, double Theta, double OriginalPositions) : RotaryScaling
{
    /// <summary>Turns within the trained length from which on a feature stays as it is.</summary>
    public double FastTurns { get; init; } = 32;

    /// <summary>Turns within the trained length up to which a feature is scaled wholly.</summary>
    public double SlowTurns { get; init; } = 1;

    /// <summary>Overrides the paper's 0.1·ln(factor) + 1; null keeps it.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>Whether the ramp's ends are rounded outwards to whole features.</summary>
    public bool Truncates { get; init; } = true;

    /// <inheritdoc/>
    public override double Magnitude => AttentionFactor ?? (Factor <= 1 ? 1 : 0.1 * Math.Log(Factor) + 1);

    /// <inheritdoc/>
    public override Tensor Apply(Tensor frequencies)
    {
        var features = 2 * frequencies.size(0);
        var low = FeatureOf(FastTurns, features);
        var high = FeatureOf(SlowTurns, features);
        if (Truncates)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, features - 1));
        var places = arange(frequencies.size(0), frequencies.dtype, frequencies.device);
        var ramp = ((places - low) / (low == high ? 0.001 : high - low)).clamp(0, 1); // 0: as it is, 1: scaled wholly
        return frequencies / Factor * ramp + frequencies * (1 - ramp);
    }

    /// <summary>The feature that makes so many turns within the trained length.</summary>
    private double FeatureOf(double turns, long features) =>
        features * Math.Log(OriginalPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(Theta));
}
