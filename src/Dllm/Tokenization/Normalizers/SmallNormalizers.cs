using System.Text;

namespace Dllm.Tokenization;

/// <summary>Puts a text in front of every non-empty text (Llama's leading <c>▁</c>).</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public MappedText Normalize(MappedText text)
    {
        if (text.Value.Length == 0 || prefix.Length == 0)
        {
            return text;
        }

        if (!text.Tracked)
        {
            text.Budget.CheckLength((long)prefix.Length + text.Value.Length);
            return text.Replace(prefix + text.Value, default);
        }

        int length = Runes.LengthAt(text.Value, 0);
        var builder = new MappedTextBuilder(text);
        builder.Replace(0, prefix, 0);
        builder.Replace(length, text.Value.AsSpan(0, length), 0); // the reference gives prefix and first character one origin
        return builder.Build();
    }
}

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public MappedText Normalize(MappedText text)
    {
        int start = 0;
        int end = text.Value.Length;
        while (left && start < end && char.IsWhiteSpace(text.Value[start]))
        {
            start++;
        }

        while (right && end > start && char.IsWhiteSpace(text.Value[end - 1]))
        {
            end--;
        }

        return text.Slice(start, end - start);
    }
}

/// <summary>Replaces each match of a pattern.</summary>
internal sealed class ReplaceNormalizer(ITextPattern pattern, string content) : INormalizer
{
    public MappedText Normalize(MappedText text)
    {
        if (!text.Tracked && pattern is LiteralPattern literal)
        {
            return text.Replace(literal.Replace(text.Value, text.Budget, content), default);
        }

        var matches = new List<TextMatch>();
        pattern.Match(text.Value, text.Budget, matches);
        if (!matches.Exists(match => match.IsMatch))
        {
            return text;
        }

        var builder = new MappedTextBuilder(text);
        foreach (TextMatch match in matches)
        {
            if (match.IsMatch)
            {
                builder.Replace(match.End - match.Start, content, match.End - 1); // all of it stands where the match ended
            }
            else
            {
                builder.Keep(match.End - match.Start);
            }
        }

        return builder.Build();
    }
}

/// <summary>SentencePiece's <c>nmt</c> clean-up: control characters out, odd white space to blanks.</summary>
internal sealed class NmtNormalizer : INormalizer
{
    public MappedText Normalize(MappedText text)
    {
        var builder = new MappedTextBuilder(text);
        foreach (char unit in text.Value)
        {
            if (unit is (>= '\u0001' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or '\u008F' or '\u009F')
            {
                builder.Skip(1);
            }
            else if (unit is '\t' or '\n' or '\f' or '\r' or '\u1680' or (>= '\u200B' and <= '\u200F') or '\u2028' or '\u2029' or '\u2581'
                or '\uFEFF' or '\uFFFD')
            {
                builder.Change(new Rune(' '), 0);
            }
            else
            {
                builder.Keep(1);
            }
        }

        return builder.Build();
    }
}

/// <summary>Spells the text in the alphabet of bytes.</summary>
internal sealed class ByteLevelNormalizer : INormalizer
{
    public MappedText Normalize(MappedText text)
    {
        if (text.Value.Length == 0)
        {
            return text;
        }

        Span<byte> bytes = stackalloc byte[4];
        var builder = new MappedTextBuilder(text);
        for (int i = 0; i < text.Value.Length;)
        {
            Rune rune = Runes.At(text.Value, i, out int length);
            int count = rune.EncodeToUtf8(bytes);
            for (int k = 0; k < count; k++)
            {
                builder.Change(new Rune(ByteAlphabet.ToCharacter(bytes[k])), k == 0 ? 0 : 1);
            }

            i += length;
        }

        return builder.Build();
    }
}
