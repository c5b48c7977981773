using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// Rotary position embedding (Su et al., 2021) in the half-split layout of Hugging Face's models: feature i and i + K/2 turn together.
/// </summary>
/// <param name="Cos">Cosines: [T, K], or [B, 1, T, K] where rows have positions of their own.</param>
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
    public static Rotary Create(double theta, int headWidth, long tokens, Tensor? positions, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var exponents = arange(0, headWidth, 2, ScalarType.Float32, device) / (float)headWidth; // [K/2]
        var frequencies = pow(theta, exponents).reciprocal();
        var places = positions is null
            ? arange(tokens, ScalarType.Float32, device) // [T]
            : positions.to_type(ScalarType.Float32).unsqueeze(1); // [B, 1, T]
        var angles = places.unsqueeze(-1) * frequencies; // [(B, 1,) T, K/2]
        var cos = angles.cos();
        var sin = angles.sin();
        return new Rotary(
            cat([cos, cos], -1).to_type(dtype).MoveToOuterDisposeScope(),
            cat([-sin, sin], -1).to_type(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns queries or keys: [..., T, K] → [..., T, K].</summary>
    public Tensor Apply(Tensor heads)
    {
        var half = heads.size(-1) / 2;
        using var first = heads.narrow(-1, 0, half);
        using var second = heads.narrow(-1, half, half);
        using var swapped = cat([second, first], -1);
        using var scaled = heads * Cos;
        return scaled.addcmul(swapped, SignedSin, 1);
    }
}
