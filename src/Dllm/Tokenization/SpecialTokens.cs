namespace Dllm.Tokenization;

/// <summary>
/// The named special tokens of a tokenizer, as <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> declare them.
/// A text without its id names a token that the vocabulary lacks.
/// </summary>
public sealed record SpecialTokens
{
    /// <summary>No special token at all.</summary>
    public static SpecialTokens None { get; } = new();

    /// <summary>Begin of sequence (<c>bos_token</c>), or null.</summary>
    public string? Bos { get; init; }

    /// <summary>Id of <see cref="Bos"/>, or null.</summary>
    public int? BosId { get; init; }

    /// <summary>Whether <see cref="Bos"/> is another token, which stands in for the one that the tokenizer's files do not name.</summary>
    public bool BosStandsIn { get; init; }

    /// <summary>End of sequence (<c>eos_token</c>), or null.</summary>
    public string? Eos { get; init; }

    /// <summary>Id of <see cref="Eos"/>, or null.</summary>
    public int? EosId { get; init; }

    /// <summary>Padding (<c>pad_token</c>), or null.</summary>
    public string? Pad { get; init; }

    /// <summary>Id of <see cref="Pad"/>, or null.</summary>
    public int? PadId { get; init; }

    /// <summary>The mask that denoising fills (<c>mask_token</c>), or null.</summary>
    public string? Mask { get; init; }

    /// <summary>Id of <see cref="Mask"/>, or null.</summary>
    public int? MaskId { get; init; }

    /// <summary>Stand-in for what the vocabulary lacks (<c>unk_token</c>), or null.</summary>
    public string? Unk { get; init; }

    /// <summary>Id of <see cref="Unk"/>, or null.</summary>
    public int? UnkId { get; init; }

    /// <summary>Separator of two texts (<c>sep_token</c>), or null.</summary>
    public string? Sep { get; init; }

    /// <summary>Id of <see cref="Sep"/>, or null.</summary>
    public int? SepId { get; init; }

    /// <summary>Classifier token in front of a text (<c>cls_token</c>), or null.</summary>
    public string? Cls { get; init; }

    /// <summary>Id of <see cref="Cls"/>, or null.</summary>
    public int? ClsId { get; init; }

    /// <summary>End of a conversation turn (<c>eot_token</c>), which a <see cref="TokenizerSetup"/> installs, or null.</summary>
    public string? EndOfTurn { get; init; }

    /// <summary>Id of <see cref="EndOfTurn"/>; null also where the token is several tokens of the vocabulary (<c>[/Answer]</c>).</summary>
    public int? EndOfTurnId { get; init; }

    /// <summary>Further special tokens (<c>additional_special_tokens</c>), in their order.</summary>
    public IReadOnlyList<string> AdditionalSpecialTokens { get; init; } = [];

    /// <summary>Ids of every special token named here that the vocabulary has, ascending, each once.</summary>
    public IReadOnlyList<int> AllIds { get; init; } = [];
}
