namespace Dllm.Tokenization;

/// <summary>Reads the <c>model</c> of a tokenizer file.</summary>
internal static class ModelReader
{
    /// <summary>The type of a model; files of 2019 name none.</summary>
    public static string TypeOf(JsonSection section) => section.OptionalText("type")
        ?? (section.TryGet("merges") is not null ? "BPE"
        : section.TryGet("max_input_chars_per_word") is not null ? "WordPiece"
        : section.TryGet("vocab") is { IsList: true } ? "Unigram"
        : "WordLevel");

    /// <summary>The model, behind a memory of words.</summary>
    /// <param name="section">The component.</param>
    /// <param name="spellsBytes">Whether a BPE model spells words in bytes.</param>
    /// <param name="cutsAtBlanks">Whether a text may be cut before SentencePiece's blanks without a change of tokens.</param>
    public static ITokenModel Read(JsonSection section, bool spellsBytes, out bool cutsAtBlanks)
    {
        cutsAtBlanks = false;
        string type = TypeOf(section);
        if (type == "BPE")
        {
            BpeModel model = BpeModel.Read(section, spellsBytes);
            cutsAtBlanks = model.KeepsBlanksInFront;
            return new WordCache(model);
        }

        return type switch
        {
            "WordPiece" => new WordCache(WordPieceModel.Read(section)),
            "Unigram" => new WordCache(UnigramModel.Read(section)),
            "WordLevel" => WordLevelModel.Read(section),
            _ => throw section.Unknown("model", type, "BPE, WordPiece, Unigram, WordLevel"),
        };
    }
}
