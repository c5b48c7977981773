namespace Dllm.Models;

/// <summary>What a conversion made.</summary>
/// <param name="ModelType">The new checkpoint's <c>model_type</c>.</param>
/// <param name="Tensors">Number of tensors written.</param>
/// <param name="VocabularySize">Tokens that the model scores.</param>
/// <param name="AddedTokens">Rows that were added to the embedding, for tokens that the model had no place for.</param>
/// <param name="Mask">The mask token, or null where the checkpoint has no tokenizer or that has none.</param>
/// <param name="MaskId">Its id.</param>
public sealed record ConvertedCheckpoint(
    string ModelType, int Tensors, int VocabularySize, int AddedTokens, string? Mask, int? MaskId);
