using Dllm.Layers;
using TorchSharp;

namespace Dllm.Models;

/// <summary>What a denoiser reads. B rows of T tokens; every tensor lies on the denoiser's device.</summary>
/// <param name="Ids">Token ids, masks included: [B, T], int64.</param>
/// <param name="AttentionMask">
/// 1 (or true) where a token is real, 0 (or false) where it is padding: [B, S], any integer type or bool, S = T. With a cache it covers
/// every column seen: those held and the T new ones, or with <see cref="CacheWrite.Replace"/> those held. Decoders take
/// [B or 1, 1, T, S] too, boolean (true is seen) or additive, which then is the whole mask, causality included. Null: all are real.
/// </param>
/// <param name="PositionIds">
/// Positions of the tokens: [B, T], int64. Null: what the family derives by itself, for most 0 … T-1 and with a cache the columns
/// where they come to lie. RoBERTa counts ids that are not padding, and takes every column in front of those given for a token.
/// </param>
/// <param name="LogitPositions">
/// Which logits to compute: [N], int64, flat indices b·T + t. The result is then [N, V] in this order instead of [B, T, V].
/// The head is a quarter to a third of a small model's work, so ask for the rows that will be read. Null: all.
/// </param>
/// <param name="TokenTypeIds">Segment ids of families that have them (BERT): [B, T], int64. Null: all 0.</param>
/// <param name="Cache">Keys and values of other columns. Null: none.</param>
public readonly record struct DenoiserInput(
    torch.Tensor Ids,
    torch.Tensor? AttentionMask = null,
    torch.Tensor? PositionIds = null,
    torch.Tensor? LogitPositions = null,
    torch.Tensor? TokenTypeIds = null,
    KvCache? Cache = null);
