namespace Dllm.Tokenization;

/// <summary>A word is a token, or unknown; without an unknown token, unknown words are dropped.</summary>
internal sealed class WordLevelModel : ITokenModel
{
    private readonly int? _unknown;

    private WordLevelModel(JsonSection section)
    {
        Vocabulary = Vocabulary.Read(section.Get("vocab"));
        _unknown = section.OptionalText("unk_token") is { } unknown ? Vocabulary.IdOf(unknown) : null;
    }

    public Vocabulary Vocabulary { get; }

    public static WordLevelModel Read(JsonSection section) => new(section);

    public void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        if ((Vocabulary.IdOf(word) ?? _unknown) is { } id)
        {
            ids.Add(id);
        }
    }

    public void Encode(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        if ((Vocabulary.IdOf(word) ?? _unknown) is { } id)
        {
            tokens.Add(new WordToken(id, 0, word.Length - 1));
        }
    }
}
