namespace Dllm.Tokenization;

/// <summary>Puts a blank before a piece that does not begin with one.</summary>
internal sealed class PrefixSpace : IPreTokenizer
{
    private static readonly PrependNormalizer Blank = new(" ");

    public void Split(Piece piece, List<Piece> parts) => parts.Add(piece.Span[0] == ' '
        ? piece
        : Piece.Whole(Blank.Normalize(piece.Text.Slice(piece.Start, piece.Length))));
}

/// <summary>Spells a piece in the alphabet of bytes, where something else than the model follows.</summary>
internal sealed class ByteSpelling : IPreTokenizer
{
    private static readonly ByteLevelNormalizer Speller = new();

    public void Split(Piece piece, List<Piece> parts) =>
        parts.Add(Piece.Whole(Speller.Normalize(piece.Text.Slice(piece.Start, piece.Length))));
}
