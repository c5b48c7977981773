using System.Text;

namespace Dllm.Tokenization;

/// <summary>BERT's pre-tokenizer: white space vanishes, each punctuation character stands alone.</summary>
internal sealed class BertScanner : IWordScanner
{
    private enum Kind : byte
    {
        Word,
        Space,
        Punctuation,
    }

    private static readonly Kind[] AsciiKinds = [.. Enumerable.Range(0, 128).Select(code => KindOf(new Rune(code)))];

    public int NextWord(string text, ref int start)
    {
        Kind kind = Kind.Space;
        int length = 0;
        while (start < text.Length && (kind = KindAt(text, start, out length)) == Kind.Space)
        {
            start += length;
        }

        int end = start + (start < text.Length ? length : 0);
        while (kind == Kind.Word && end < text.Length && KindAt(text, end, out length) == Kind.Word)
        {
            end += length;
        }

        return end;
    }

    private static Kind KindAt(string text, int index, out int length)
    {
        char unit = text[index];
        if (unit < 128)
        {
            length = 1;
            return AsciiKinds[unit];
        }

        return KindOf(Runes.At(text, index, out length));
    }

    private static Kind KindOf(Rune rune) => Rune.IsWhiteSpace(rune) ? Kind.Space
        : ReferenceUnicode.IsPunctuation(rune) ? Kind.Punctuation
        : Kind.Word;
}

/// <summary>Words (<c>\w+</c>) and runs of symbols (<c>[^\w\s]+</c>); white space vanishes.</summary>
internal sealed class WordOrSymbolScanner : IWordScanner
{
    public int NextWord(string text, ref int start)
    {
        int length = 0;
        while (start < text.Length && Rune.IsWhiteSpace(Runes.At(text, start, out length)))
        {
            start += length;
        }

        if (start == text.Length)
        {
            return start;
        }

        bool word = ReferenceUnicode.IsWord(Runes.At(text, start, out length));
        int end = start + length;
        while (end < text.Length && Runes.At(text, end, out length) is var rune
            && !Rune.IsWhiteSpace(rune) && ReferenceUnicode.IsWord(rune) == word)
        {
            end += length;
        }

        return end;
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
