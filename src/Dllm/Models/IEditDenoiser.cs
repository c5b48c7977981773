using TorchSharp;

namespace Dllm.Models;

/// <summary>
/// What the Edit-Flow sampler and objective see (Havasi et al., 2025): for every token of a text of variable length, how fast it is to be
/// replaced, deleted or followed by a new one, and with what.
/// </summary>
public interface IEditDenoiser
{
    /// <summary>Number of tokens that a row of logits scores (V).</summary>
    int VocabularySize { get; }

    /// <summary>Predicts the edits. Index i is always token i; an insertion at i comes right behind token i.</summary>
    /// <param name="input">The text; <see cref="DenoiserInput.LogitPositions"/> is not read, see <see cref="EditPrediction"/>.</param>
    /// <param name="time">The time t in [0, 1] of each row: [B] or [B, 1]; null where there is none. The published models ignore it.</param>
    /// <returns>The prediction. The caller disposes it.</returns>
    EditPrediction Predict(DenoiserInput input, torch.Tensor? time);
}
