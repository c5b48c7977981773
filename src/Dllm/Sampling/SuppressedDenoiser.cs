using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>Forbids tokens: their logits become minus infinity.</summary>
public sealed class SuppressedDenoiser(IDenoiser inner, IReadOnlyList<int> tokens) : IDenoiser
{
    /// <inheritdoc/>
    public int VocabularySize => inner.VocabularySize;

    /// <inheritdoc/>
    public int FirstPosition => inner.FirstPosition;

    /// <inheritdoc/>
    public bool NeedsWholeMasks => inner.NeedsWholeMasks;

    /// <inheritdoc/>
    public Tensor Forward(DenoiserInput input) => Suppress(inner.Forward(input), tokens);

    /// <summary>Sets the logits of <paramref name="tokens"/> to minus infinity in place; returns <paramref name="logits"/>.</summary>
    /// <param name="logits">[..., V], the caller's own.</param>
    /// <param name="tokens">Ids in [0, V).</param>
    internal static Tensor Suppress(Tensor logits, IReadOnlyList<int> tokens)
    {
        using var index = tensor(tokens.Select(token => (long)token).ToArray(), device: logits.device);
        return logits.index_fill_(-1, index, float.NegativeInfinity);
    }
}
