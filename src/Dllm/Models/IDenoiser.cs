using TorchSharp;

namespace Dllm.Models;

/// <summary>The one method that samplers and objectives see: token ids in, a prediction for every token out.</summary>
public interface IDenoiser
{
    /// <summary>Number of tokens that a row of logits scores (V).</summary>
    int VocabularySize { get; }

    /// <summary>The position of a text's first token, where <see cref="DenoiserInput.PositionIds"/> are given: not 0 in RoBERTa.</summary>
    int FirstPosition => 0;

    /// <summary>
    /// Whether tokens see all of a text only if a mask of four dimensions says so as soon as there is padding or a cache (LLaDA2): who
    /// samples from it as from other models always gives one.
    /// </summary>
    bool NeedsWholeMasks => false;

    /// <summary>
    /// Predicts the clean tokens. The logits at index i are always for token i: a model that predicts one place to the left
    /// is shifted by an adapter, never by the reader.
    /// </summary>
    /// <returns>
    /// Logits: [B, T, V], or [N, V] where <see cref="DenoiserInput.LogitPositions"/> names the rows. The caller owns them.
    /// </returns>
    torch.Tensor Forward(DenoiserInput input);
}
