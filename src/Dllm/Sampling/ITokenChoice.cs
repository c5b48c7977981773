using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>How a token is chosen from the logits of a position.</summary>
internal interface ITokenChoice
{
    /// <summary>Draws what has to be drawn for every cell of the canvas ([cells, V]) before a step; null if nothing has.</summary>
    Tensor? DrawNoise(long cells, int vocabulary);

    /// <summary>Chooses tokens: [N] int64.</summary>
    /// <param name="logits">[N, V].</param>
    /// <param name="noise">The rows of <see cref="DrawNoise"/> that belong to the positions: [N, V]; null if nothing was drawn.</param>
    Tensor Choose(Tensor logits, Tensor? noise);
}
