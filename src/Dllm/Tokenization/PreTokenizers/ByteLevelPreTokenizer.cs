namespace Dllm.Tokenization;

/// <summary>The cutting half of GPT-2's byte-level pre-tokenizer; its bytes are spelt by the model, or by <see cref="ByteSpelling"/>.</summary>
/// <param name="addsPrefixSpace">Puts a blank before a text that does not begin with one.</param>
/// <param name="cuts">Whether the text is cut by GPT-2's pattern.</param>
internal sealed class ByteLevelPreTokenizer(bool addsPrefixSpace, bool cuts) : IPreTokenizer
{
    private static readonly PrependNormalizer Blank = new(" ");
    private static readonly SplitPreTokenizer Words = new(new Gpt2Pattern(), SplitBehavior.Isolated);

    public void Split(Piece piece, List<Piece> parts)
    {
        if (addsPrefixSpace && piece.Span[0] != ' ')
        {
            piece = Piece.Whole(Blank.Normalize(piece.Text.Slice(piece.Start, piece.Length)));
        }

        if (cuts)
        {
            Words.Split(piece, parts);
        }
        else
        {
            parts.Add(piece);
        }
    }
}

/// <summary>Spells a piece in the alphabet of bytes, where something else than the model follows.</summary>
internal sealed class ByteSpelling : IPreTokenizer
{
    private static readonly ByteLevelNormalizer Speller = new();

    public void Split(Piece piece, List<Piece> parts) =>
        parts.Add(Piece.Whole(Speller.Normalize(piece.Text.Slice(piece.Start, piece.Length))));
}
