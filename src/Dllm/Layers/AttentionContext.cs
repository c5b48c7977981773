using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>What the attention layers of one forward share, made once.</summary>
/// <param name="Rotary">Rotation of queries and keys, or null where positions are a table.</param>
/// <param name="Mask">Additive [B or 1, 1, G·T or 1, S], as <see cref="AttentionMasks.Fold"/> gives it; null shows everything.</param>
/// <param name="Cache">Keys and values of earlier columns, or null.</param>
/// <param name="Dropout">Probability of dropping an attention weight; 0 outside of training.</param>
/// <param name="Reach">
/// The largest |i - j| that the mask shows, so that farther keys need not be multiplied at all; null where it hides none for its distance.
/// </param>
public readonly record struct AttentionContext(Rotary? Rotary, Tensor? Mask, KvCache? Cache, double Dropout = 0, int? Reach = null);
