using Dllm.Diffusion;

namespace Dllm.Data;

/// <summary>
/// Makes one <see cref="Batch"/> of samples of unequal length. Collators hold settings and no state, and stack:
/// the outer one changes what the inner one made, so that a variation is a wrapper and not a flag.
/// </summary>
public interface ICollator
{
    /// <summary>Pads and stacks <paramref name="samples"/>.</summary>
    /// <param name="samples">At least one sample; they are not changed.</param>
    /// <param name="noise">
    /// Where a collator that draws takes its random numbers. A collator that needs none draws none, so a shared generator's
    /// stream is the same as in the original, where loss and collator share one.
    /// </param>
    /// <returns>A batch that the caller disposes.</returns>
    Batch Collate(IReadOnlyList<TokenizedSample> samples, NoiseSource noise);
}
