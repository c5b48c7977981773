using Dllm.Layers.Kernels;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// Rotary position embedding (Su et al., 2021) in the half-split layout of Hugging Face's models: feature i and i + K/2 turn together.
/// </summary>
/// <param name="Cos">
/// Cosines: [T, R], or [B, 1, T, R] where rows have positions of their own. R is the head width K, or less where only a head's first
/// features turn.
/// </param>
/// <param name="SignedSin">Sines of the same shape, negated in the first half, so that turning needs no negation of the data.</param>
public readonly record struct Rotary(Tensor Cos, Tensor SignedSin)
{
    /// <summary>The tables of one base for positions 0 … T-1, or for given ones.</summary>
    /// <param name="theta">The base of the wavelengths.</param>
    /// <param name="headWidth">K, even.</param>
    /// <param name="tokens">T, where no positions are given.</param>
    /// <param name="positions">[B, T], or null.</param>
    /// <param name="dtype">The type to turn in; angles are taken in float32 whatever it is.</param>
    /// <param name="device">Where the data lie.</param>
    public static Rotary Create(double theta, int headWidth, long tokens, Tensor? positions, ScalarType dtype, Device device) =>
        Create(new RotaryOptions(theta, headWidth), 0, tokens, positions, dtype, device);

    /// <summary>The tables for positions first … first + T-1, or for given ones.</summary>
    /// <param name="options">The wavelengths.</param>
    /// <param name="first">The position of the first token, where no positions are given.</param>
    /// <param name="tokens">T, where no positions are given.</param>
    /// <param name="positions">[B, T], or null.</param>
    /// <param name="dtype">The type to turn in; angles are taken in float32 whatever it is.</param>
    /// <param name="device">Where the data lie.</param>
    public static Rotary Create(
        RotaryOptions options, long first, long tokens, Tensor? positions, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var exponents = arange(0, options.Width, 2, ScalarType.Float32, device) / (float)options.Width; // [R/2]
        var frequencies = pow(options.Theta, exponents).reciprocal();
        if (options.Scaling is { } scaling)
            frequencies = scaling.Apply(frequencies);
        var places = positions is null
            ? arange(first, first + tokens, ScalarType.Float32, device) // [T]
            : positions.to_type(ScalarType.Float32).unsqueeze(1); // [B, 1, T]
        var angles = places.unsqueeze(-1) * frequencies; // [(B, 1,) T, R/2]
        var (cos, sin) = (angles.cos(), angles.sin());
        if (options.Scaling is { Magnitude: not 1 and var magnitude })
            (cos, sin) = (cos * magnitude, sin * magnitude);
        return new Rotary(
            cat([cos, cos], -1).to_type(dtype).MoveToOuterDisposeScope(),
            cat([-sin, sin], -1).to_type(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns queries or keys: [..., T, K] → [..., T, K], of their type; features beyond R stay as they are.</summary>
    public Tensor Apply(Tensor heads)
    {
        if (CpuKernels.CanRotate(heads, Cos)) return CpuKernels.Rotate(heads, Cos, SignedSin);
        using var scope = NewDisposeScope();
        var (width, turning) = (heads.size(-1), Cos.size(-1));
        var turned = Turn(turning == width ? heads : heads.narrow(-1, 0, turning));
        if (turned.dtype != heads.dtype)
            turned = turned.to_type(heads.dtype);
        return (turning == width ? turned : cat([turned, heads.narrow(-1, turning, width - turning)], -1)).MoveToOuterDisposeScope();
    }

    private Tensor Turn(Tensor heads)
    {
        var half = heads.size(-1) / 2;
        var swapped = cat([heads.narrow(-1, half, half), heads.narrow(-1, 0, half)], -1);
        return (heads * Cos).addcmul(swapped, SignedSin, 1);
    }
}
