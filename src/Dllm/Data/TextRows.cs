using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// Texts to rows for pre-training, a row each, for texts that are short and have nothing to do with each other: no row looks at its
/// neighbour, as it would in a packed block (<see cref="TextPacking"/>).
/// </summary>
public static class TextRows
{
    /// <summary>Makes the rows lazily. Every token is learnt; a text longer than the limit is cut, an empty one left out.</summary>
    /// <param name="tokenizer">Makes the tokens.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="maxLength">Tokens a row at most, 1 or more.</param>
    /// <param name="endId">Added to every text that does not fill its row; null: nothing is added.</param>
    /// <exception cref="DllmException">The maximum length is below 1.</exception>
    public static IEnumerable<TokenizedSample> Make(Tokenizer tokenizer, IEnumerable<string> texts, int maxLength, int? endId)
    {
        if (maxLength < 1) throw new DllmException($"the maximum length {maxLength} is below 1");
        return
            from text in texts
            let ids = tokenizer.EncodeWithoutMasks(text, addSpecialTokens: false)
            where ids.Length > 0
            let row = (int[])[.. endId is { } end ? ids.Append(end) : ids]
            let cut = row.Length > maxLength ? row[..maxLength] : row
            select new TokenizedSample(cut, cut);
    }
}
