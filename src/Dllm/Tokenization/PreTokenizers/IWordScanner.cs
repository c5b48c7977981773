namespace Dllm.Tokenization;

/// <summary>A way of cutting that leaves nothing out: after each word the next one begins. It can feed a model without a list between.</summary>
internal interface IWordScanner
{
    /// <summary>End of the word that begins at an index; beyond <paramref name="start"/>, at most the text's length.</summary>
    int EndOfWord(string text, int start);
}

/// <summary>Splits by a scanner.</summary>
internal sealed class ScanningPreTokenizer(IWordScanner scanner) : IPreTokenizer
{
    /// <summary>The scanner.</summary>
    public IWordScanner Scanner => scanner;

    public void Split(Piece piece, List<Piece> parts)
    {
        MappedText text = piece.Text.Slice(piece.Start, piece.Length);
        for (int start = 0; start < text.Value.Length;)
        {
            int end = scanner.EndOfWord(text.Value, start);
            parts.Add(new Piece(text, start, end - start));
            start = end;
        }
    }
}

/// <summary>Cuts before SentencePiece's blank. Exact only for a model whose merges never reach across (see <see cref="BpeModel"/>); then
/// short words, which the model remembers, take the place of whole lines.</summary>
internal sealed class BlankScanner : IWordScanner
{
    /// <summary>SentencePiece's blank.</summary>
    public const char Blank = '\u2581';

    public int EndOfWord(string text, int start)
    {
        ReadOnlySpan<char> rest = text.AsSpan(start);
        int word = rest.IndexOfAnyExcept(Blank);
        int end = word < 0 ? -1 : rest[word..].IndexOf(Blank);
        return end < 0 ? text.Length : start + word + end;
    }
}
