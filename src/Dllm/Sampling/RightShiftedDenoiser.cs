using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// B batch, T tokens, N positions asked for, V vocabulary.

/// <summary>
/// Adapts a model that predicts one place to the left, as those made from autoregressive models do: the logits for token i are the
/// model's at i - 1, and token 0 shares the logits of token 1, as in the original.
/// </summary>
public sealed class RightShiftedDenoiser(IDenoiser inner) : IDenoiser
{
    /// <inheritdoc/>
    public int VocabularySize => inner.VocabularySize;

    /// <inheritdoc/>
    public Tensor Forward(DenoiserInput input)
    {
        using var scope = NewDisposeScope();
        if (input.LogitPositions is not { } positions)
        {
            var logits = inner.Forward(input); // [B, T, V]
            return cat([logits.narrow(1, 0, 1), logits.narrow(1, 0, logits.size(1) - 1)], 1).MoveToOuterDisposeScope();
        }

        var hasLeft = positions.remainder(input.Ids.size(1)).ne(0); // [N]
        return inner.Forward(input with { LogitPositions = positions - hasLeft.to(positions.dtype) }).MoveToOuterDisposeScope(); // [N, V]
    }
}
