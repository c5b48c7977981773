using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>A model whose Edit-Flow heads read another state than the one its own head begins with.</summary>
internal interface IEditEncoder
{
    /// <summary>What the Edit-Flow heads read: [B, T, D].</summary>
    Tensor EncodeForEdits(DenoiserInput input);
}
