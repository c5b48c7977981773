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

    public static ITokenModel Read(JsonSection section, bool spellsBytes)
    {
        string type = TypeOf(section);
        return type switch
        {
            "BPE" => new WordCache(BpeModel.Read(section, spellsBytes)),
            "WordPiece" => new WordCache(WordPieceModel.Read(section)),
            "Unigram" => new WordCache(UnigramModel.Read(section)),
            "WordLevel" => WordLevelModel.Read(section),
            _ => throw section.Unknown("model", type, "BPE, WordPiece, Unigram, WordLevel"),
        };
    }
}
