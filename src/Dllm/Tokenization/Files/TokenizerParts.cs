namespace Dllm.Tokenization;

/// <summary>What a tokenizer is made of, as read from its files.</summary>
internal sealed record TokenizerParts
{
    public required INormalizer? Normalizer { get; init; }

    public required IReadOnlyList<IPreTokenizer> PreTokenizers { get; init; }

    public required ITokenModel Model { get; init; }

    public required IPostProcessor? PostProcessor { get; init; }

    public required IDecoder? Decoder { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public required SpecialTokens SpecialTokens { get; init; }

    public required string? ChatTemplateSource { get; init; }

    public bool ChatTemplateStandsIn { get; init; }

    public required bool CleanUpSpaces { get; init; }

    public required int? MaxLength { get; init; }

    /// <summary>The bytes of <c>tokenizer.json</c> as read.</summary>
    public required byte[] TokenizerJson { get; init; }

    /// <summary>The bytes of <c>tokenizer_config.json</c> as read, or null where there was none.</summary>
    public required byte[]? ConfigJson { get; init; }
}
