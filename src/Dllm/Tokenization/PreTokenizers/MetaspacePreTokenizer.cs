namespace Dllm.Tokenization;

/// <summary>When SentencePiece's blank is put in front.</summary>
internal enum PrependScheme
{
    /// <summary>Before every piece.</summary>
    Always,

    /// <summary>Before the piece that begins the text.</summary>
    First,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>SentencePiece's blanks: spaces become <c>▁</c>, and a word carries the one before it.</summary>
internal sealed class MetaspacePreTokenizer(string replacement, PrependScheme scheme, bool cuts) : IPreTokenizer
{
    private readonly ReplaceNormalizer _blanks = new(new LiteralPattern(" "), replacement);
    private readonly PrependNormalizer _prefix = new(replacement);
    private readonly SplitPreTokenizer _words = new(new LiteralPattern(replacement), SplitBehavior.MergedWithNext);

    public void Split(Piece piece, List<Piece> parts)
    {
        MappedText text = _blanks.Normalize(piece.Text.Slice(piece.Start, piece.Length));
        if ((scheme == PrependScheme.Always || (scheme == PrependScheme.First && text.BeginsOriginal))
            && !text.Value.StartsWith(replacement, StringComparison.Ordinal))
        {
            text = _prefix.Normalize(text);
        }

        if (cuts)
        {
            _words.Split(Piece.Whole(text), parts);
        }
        else
        {
            parts.Add(Piece.Whole(text));
        }
    }
}
