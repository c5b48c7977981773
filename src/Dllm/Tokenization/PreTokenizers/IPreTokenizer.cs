namespace Dllm.Tokenization;

/// <summary>Cuts a piece of text into smaller ones.</summary>
internal interface IPreTokenizer
{
    /// <summary>Adds the parts of a piece, in order; empty parts are dropped by the caller.</summary>
    void Split(Piece piece, List<Piece> parts);
}
