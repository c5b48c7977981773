namespace Dllm.Tokenization;

/// <summary>Additions to a list of added tokens.</summary>
internal static class AddedTokens
{
    /// <summary>The list with special tokens of these texts; one that the vocabulary or the list lacks gets the next free id.</summary>
    public static IReadOnlyList<AddedToken> WithSpecial(IReadOnlyList<AddedToken> added, IEnumerable<string> texts, Vocabulary vocabulary)
    {
        var result = new List<AddedToken>(added);
        foreach (string text in texts)
        {
            if (!result.Exists(token => token.Content == text))
            {
                result.Add(new AddedToken(vocabulary.IdOf(text) ?? NextId(result, vocabulary), text));
            }
        }

        return result;
    }

    private static int NextId(List<AddedToken> added, Vocabulary vocabulary) =>
        added.Count == 0 ? vocabulary.Count : Math.Max(vocabulary.Count, added.Max(token => token.Id) + 1);
}
