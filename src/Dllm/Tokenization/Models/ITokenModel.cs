namespace Dllm.Tokenization;

/// <summary>A token and the UTF-16 units of its word behind it, both ends inclusive.</summary>
/// <param name="Id">Token id.</param>
/// <param name="First">First unit.</param>
/// <param name="Last">Last unit.</param>
/// <param name="Text">The token as the model spells it; null: as the vocabulary does.</param>
internal readonly record struct WordToken(int Id, int First, int Last, string? Text = null);

/// <summary>Turns a word into tokens.</summary>
internal interface ITokenModel
{
    /// <summary>The tokens the model knows.</summary>
    Vocabulary Vocabulary { get; }

    /// <summary>Adds the ids of a word.</summary>
    void Encode(ReadOnlySpan<char> word, List<int> ids);

    /// <summary>Adds the tokens of a word with where they lie in it. The ids are those of the other overload.</summary>
    void Encode(ReadOnlySpan<char> word, List<WordToken> tokens);
}
