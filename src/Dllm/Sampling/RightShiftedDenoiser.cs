using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// B batch, T tokens, N positions asked for, V vocabulary.

/// <summary>
/// Adapts a model that predicts one place to the left, as those made from autoregressive models do: the logits for token i are the
/// model's at i - 1. The first token has its own, which it shares with the second, as in the original; so has a row's first token behind
/// padding, if the mask is one of tokens ([B, T]).
/// </summary>
public sealed class RightShiftedDenoiser(IDenoiser inner) : IDenoiser
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
        if (input.LogitPositions is { } positions)
            return inner.Forward(input with { LogitPositions = LeftOf(positions, input) }).MoveToOuterDisposeScope(); // [N, V]

        var logits = inner.Forward(input); // [B, T, V]
        var all = arange(input.Ids.numel(), int64, device: input.Ids.device);
        return logits.flatten(0, 1).index_select(0, LeftOf(all, input)).view_as(logits).MoveToOuterDisposeScope(); // [B, T, V]
    }

    private static Tensor LeftOf(Tensor positions, DenoiserInput input)
    {
        var hasLeft = positions.remainder(input.Ids.size(1)).ne(0); // [N]
        var left = positions - hasLeft.to(positions.dtype);
        if (input.AttentionMask is not { } mask || mask.Dimensions != 2 || mask.size(1) != input.Ids.size(1)) return left;
        var isToken = mask.ne(0).flatten().index_select(0, left); // [N]
        return left.where(isToken, positions);
    }
}
