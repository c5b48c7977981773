namespace Dllm.Tokenization;

/// <summary>Additions to a list of added tokens.</summary>
internal static class AddedTokens
{
    /// <summary>The list with special tokens of these texts; one that the vocabulary or the list lacks gets the next free id.</summary>
    public static IReadOnlyList<AddedToken> WithSpecial(IReadOnlyList<AddedToken> added, IEnumerable<string> texts, Vocabulary vocabulary)
    {
        var result = new List<AddedToken>(added);
        var contents = added.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        int next = added.Select(token => token.Id + 1).Append(vocabulary.Count).Max();
        foreach (string text in texts)
        {
            if (contents.Add(text))
            {
                int id = vocabulary.IdOf(text) ?? next;
                next = Math.Max(next, id + 1);
                result.Add(new AddedToken(id, text));
            }
        }

        return result;
    }
}
