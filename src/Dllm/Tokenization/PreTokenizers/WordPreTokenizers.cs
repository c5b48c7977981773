using System.Text;

namespace Dllm.Tokenization;

/// <summary>BERT's pre-tokenizer: white space vanishes, each punctuation character stands alone.</summary>
internal sealed class BertPreTokenizer : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> parts)
    {
        ReadOnlySpan<char> text = piece.Span;
        int word = -1;
        for (int i = 0; i < text.Length;)
        {
            Rune rune = Runes.At(text, i, out int length);
            bool space = Rune.IsWhiteSpace(rune);
            if (space || ReferenceUnicode.IsPunctuation(rune))
            {
                if (word >= 0)
                {
                    parts.Add(new Piece(piece.Text, piece.Start + word, i - word));
                    word = -1;
                }

                if (!space)
                {
                    parts.Add(new Piece(piece.Text, piece.Start + i, length));
                }
            }
            else if (word < 0)
            {
                word = i;
            }

            i += length;
        }

        if (word >= 0)
        {
            parts.Add(new Piece(piece.Text, piece.Start + word, text.Length - word));
        }
    }
}

/// <summary>Words (<c>\w+</c>) and runs of symbols (<c>[^\w\s]+</c>); white space vanishes.</summary>
internal sealed class WhitespacePreTokenizer : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> parts)
    {
        ReadOnlySpan<char> text = piece.Span;
        int start = 0;
        int kind = 0; // 0 white space, 1 word, 2 symbols
        for (int i = 0; i < text.Length;)
        {
            Rune rune = Runes.At(text, i, out int length);
            int next = Rune.IsWhiteSpace(rune) ? 0 : ReferenceUnicode.IsWord(rune) ? 1 : 2;
            if (next != kind)
            {
                if (kind != 0)
                {
                    parts.Add(new Piece(piece.Text, piece.Start + start, i - start));
                }

                start = i;
                kind = next;
            }

            i += length;
        }

        if (kind != 0)
        {
            parts.Add(new Piece(piece.Text, piece.Start + start, text.Length - start));
        }
    }
}

/// <summary>Pieces of so many characters.</summary>
internal sealed class FixedLengthPreTokenizer(int characters) : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> parts)
    {
        ReadOnlySpan<char> text = piece.Span;
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            for (int count = 0; count < characters && end < text.Length; count++)
            {
                end += Runes.LengthAt(text, end);
            }

            parts.Add(new Piece(piece.Text, piece.Start + start, end - start));
            start = end;
        }
    }
}
