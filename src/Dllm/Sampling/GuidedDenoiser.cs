using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// B batch, T tokens, N positions asked for, V vocabulary.

/// <summary>
/// Classifier-free guidance (arXiv:2207.12598) for masked diffusion: predicts once with the given tokens and once with masks in their
/// place, and moves away from the second: u + (scale + 1) (c - u). Both predictions share one forward of 2B rows.
/// </summary>
/// <param name="inner">The denoiser to guide.</param>
/// <param name="scale">The strength, above 0.</param>
/// <param name="given">[B, T] bool: the tokens that the unconditional half does not see.</param>
/// <param name="maskTokenId">The id of the mask token.</param>
public sealed class GuidedDenoiser(IDenoiser inner, double scale, Tensor given, int maskTokenId) : IDenoiser
{
    /// <inheritdoc/>
    public int VocabularySize => inner.VocabularySize;

    /// <inheritdoc/>
    public int FirstPosition => inner.FirstPosition;

    /// <inheritdoc/>
    public bool NeedsWholeMasks => inner.NeedsWholeMasks;

    /// <inheritdoc/>
    public Tensor Forward(DenoiserInput input)
    {
        using var scope = NewDisposeScope();
        var both = input with
        {
            Ids = cat([input.Ids, input.Ids.masked_fill(given, maskTokenId)], 0), // [2B, T]
            AttentionMask = Twice(input.AttentionMask),
            PositionIds = Twice(input.PositionIds),
            LogitPositions = input.LogitPositions is { } positions ? cat([positions, positions + input.Ids.numel()], 0) : null, // [2N]
            TokenTypeIds = Twice(input.TokenTypeIds),
        };
        var logits = inner.Forward(both).chunk(2, 0); // 2 × [N, V] or [B, T, V]
        var (conditional, unconditional) = (logits[0], logits[1]);
        return (unconditional + (scale + 1) * (conditional - unconditional)).MoveToOuterDisposeScope();
    }

    private static Tensor? Twice(Tensor? tensor) => tensor is null ? null : cat([tensor, tensor], 0);
}
