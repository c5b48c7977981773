namespace Dllm.Tokenization;

/// <summary>Finds the words of a text one after the other, so that they can feed a model without a list between.</summary>
internal interface IWordScanner
{
    /// <summary>Finds the next word.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where to look from, within the text; moved to where the word begins, or to the text's end.</param>
    /// <returns>Where the word ends; <paramref name="start"/> when there is none.</returns>
    int NextWord(string text, ref int start);
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
            int end = scanner.NextWord(text.Value, ref start);
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

    public int NextWord(string text, ref int start)
    {
        ReadOnlySpan<char> rest = text.AsSpan(start);
        int word = rest.IndexOfAnyExcept(Blank);
        int end = word < 0 ? -1 : rest[word..].IndexOf(Blank);
        return end < 0 ? text.Length : start + word + end;
    }
}
