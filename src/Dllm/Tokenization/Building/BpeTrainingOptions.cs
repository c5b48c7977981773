namespace Dllm.Tokenization;

/// <summary>How a byte-level BPE tokenizer is trained.</summary>
public sealed record BpeTrainingOptions
{
    /// <summary>Bytes that every vocabulary holds.</summary>
    internal const int Alphabet = 256;

    /// <summary>Tokens in all: special tokens, the 256 bytes, merges. At least the first two; the text may not yield as many.
    /// Default 8192.</summary>
    public int VocabularySize { get; init; } = 8192;

    /// <summary>A pair merges only if it occurs so often. At least 1; default 2.</summary>
    public int MinimumFrequency { get; init; } = 2;

    /// <summary>The special tokens; their ids come first, in the order padding, unknown, classifier, separator, mask, begin, end, others.
    /// With a classifier and a separator, encoding wraps texts in them as ModernBERT does. The mask swallows the blank on its left.
    /// Default <c>[PAD] [UNK] [CLS] [SEP] [MASK]</c>.</summary>
    public SpecialTokens SpecialTokens { get; init; } =
        new() { Pad = "[PAD]", Unk = "[UNK]", Cls = "[CLS]", Sep = "[SEP]", Mask = "[MASK]" };

    /// <summary>Longest sequence the model will take, written to <c>model_max_length</c>; null for none. Default null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The special tokens in the order of their ids, each once.</summary>
    internal IReadOnlyList<string> OrderedSpecialTokens =>
        [.. new[]
        {
            SpecialTokens.Pad, SpecialTokens.Unk, SpecialTokens.Cls, SpecialTokens.Sep, SpecialTokens.Mask, SpecialTokens.Bos,
            SpecialTokens.Eos,
        }.OfType<string>().Concat(SpecialTokens.AdditionalSpecialTokens).Distinct(StringComparer.Ordinal)];

    /// <summary>Checks the values.</summary>
    /// <exception cref="DllmException">A value is out of range.</exception>
    public void Validate()
    {
        int least = Alphabet + OrderedSpecialTokens.Count;
        if (VocabularySize < least)
        {
            throw new DllmException(
                $"a vocabulary of {VocabularySize} tokens has no room for {Alphabet} bytes and {least - Alphabet} special tokens",
                $"ask for at least {least}");
        }

        if (MinimumFrequency < 1)
        {
            throw new DllmException($"the minimum frequency is {MinimumFrequency}", "give 1 or more");
        }

        if (OrderedSpecialTokens.Any(token => token.Length == 0))
        {
            throw new DllmException("a special token is empty", "name it or leave it out");
        }
    }
}
