using static TorchSharp.torch;

namespace Dllm.Sampling;

// N positions, V vocabulary.

/// <summary>How sure a proposal is: by it an unmasking policy tells which proposals to commit.</summary>
internal interface IConfidence
{
    /// <summary>The larger, the surer: [N], float.</summary>
    /// <param name="logits">[N, V], as the tokens were chosen from them (filtered, but without noise); not to be changed.</param>
    /// <param name="tokens">The tokens chosen: [N].</param>
    Tensor Score(Tensor logits, Tensor tokens);
}
