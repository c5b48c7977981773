using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>Fresh values for weights from an explicit generator: drawn in float32, then cast, so that types agree but for rounding.</summary>
public static class Initialization
{
    /// <summary>Normal with mean 0.</summary>
    public static void Normal(Tensor weight, double deviation, Generator generator) =>
        Fill(weight, generator, draw => draw.normal_(0, deviation, generator));

    /// <summary>
    /// Normal with mean 0, kept within ±<paramref name="cutoff"/> deviations by inverting the cumulative distribution of a uniform draw,
    /// as torch's <c>trunc_normal_</c> does. (TorchSharp's function of that name gives a constant.)
    /// </summary>
    public static void TruncatedNormal(Tensor weight, double deviation, double cutoff, Generator generator)
    {
        var reach = 2 * NormalCumulative(cutoff) - 1; // of the uniform variable before erfinv
        var bound = cutoff * deviation;
        Fill(weight, generator, draw => draw
            .uniform_(-reach, reach, generator).erfinv_().mul_(deviation * Math.Sqrt(2)).clamp_(-bound, bound));
    }

    /// <summary>Uniform within ±<paramref name="bound"/>.</summary>
    public static void Uniform(Tensor weight, double bound, Generator generator) =>
        Fill(weight, generator, draw => draw.uniform_(-bound, bound, generator));

    /// <summary>The same value everywhere; null tensors (an absent offset) are passed over.</summary>
    public static void Constant(Tensor? weight, double value)
    {
        using var noGrad = no_grad();
        weight?.fill_(value);
    }

    /// <summary>Weight 1, offset 0, where they exist.</summary>
    public static void Identity(Normalization norm)
    {
        Constant(norm.Weight, 1);
        Constant(norm.Bias, 0);
    }

    private static void Fill(Tensor weight, Generator generator, Func<Tensor, Tensor> draw)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        weight.copy_(draw(empty(weight.shape, ScalarType.Float32, generator.device)));
    }

    /// <summary>Φ(x) by its power series, which converges everywhere and is exact to 1e-15 for the x used here.</summary>
    private static double NormalCumulative(double x)
    {
        var term = x;
        var sum = x;
        for (var n = 1; n < 200 && Math.Abs(term) > 1e-18; n++)
        {
            term *= x * x / (2 * n + 1);
            sum += term;
        }
        return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }
}
