using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// Exponential numbers from the generator's own uniform ones. The library's function draws otherwise where it was built with a vendor's
/// random numbers; this is the stream of builds without.
/// </summary>
internal static class ExponentialNoise
{
    /// <summary>Numbers of mean 1: float32, of the shape given.</summary>
    public static Tensor Draw(long[] shape, Generator generator)
    {
        using var scope = NewDisposeScope();
        return rand(shape, float64, generator: generator).neg_().log1p_().neg_().to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Draws <paramref name="count"/> different places with chances proportional to <paramref name="weights"/> ([T], float32), as the
    /// original's library draws without replacement.
    /// </summary>
    public static long[] DrawDifferent(Tensor weights, int count, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (_, places) = (weights / Draw(weights.shape, generator)).topk(count);
        return places.data<long>().ToArray();
    }
}
