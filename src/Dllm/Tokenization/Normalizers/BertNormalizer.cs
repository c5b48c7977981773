using System.Buffers;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>The cleaning of BERT: control characters out, white space to blanks, Chinese characters apart, accents and case off.</summary>
/// <param name="cleansText">Removes control characters and turns white space into blanks.</param>
/// <param name="separatesChinese">Puts blanks around Chinese characters.</param>
/// <param name="stripsAccents">Decomposes and removes non-spacing marks.</param>
/// <param name="lowercases">Lower-cases.</param>
internal sealed class BertNormalizer(bool cleansText, bool separatesChinese, bool stripsAccents, bool lowercases) : INormalizer
{
    private static readonly SearchValues<char> Unclean =
        SearchValues.Create([.. Enumerable.Range(0, 32).Append(127).Select(code => (char)code)]);

    private readonly UnicodeNormalizer _decomposer = new(NormalizationForm.FormD);
    private readonly LowercaseNormalizer _lowercaser = new();

    public MappedText Normalize(MappedText text)
    {
        bool ascii = Ascii.IsValid(text.Value);
        if (cleansText && (!ascii || text.Value.AsSpan().ContainsAny(Unclean)))
        {
            text = Clean(text);
        }

        if (separatesChinese && text.Value.AsSpan().ContainsAnyInRange('\u3400', '\uFAFF')) // halves of surrogate pairs included
        {
            text = SeparateChinese(text);
        }

        if (stripsAccents && !ascii)
        {
            text = CharacterFilter.Remove(_decomposer.Normalize(text), ReferenceUnicode.IsNonSpacingMark);
        }

        return lowercases ? _lowercaser.Normalize(text) : text;
    }

    private static MappedText Clean(MappedText text)
    {
        var builder = new MappedTextBuilder(text);
        string value = text.Value;
        for (int i = 0; i < value.Length;)
        {
            Rune rune = Runes.At(value, i, out int length);
            bool blank = rune.Value is '\t' or '\n' or '\r';
            if (!blank && (rune.Value is 0 or 0xFFFD || ReferenceUnicode.IsOther(rune)))
            {
                builder.KeepTo(i);
                builder.Skip(length);
            }
            else if (blank || (rune.Value != ' ' && Rune.IsWhiteSpace(rune)))
            {
                builder.KeepTo(i);
                builder.Change(new Rune(' '), 0);
            }

            i += length;
        }

        return builder.Build();
    }

    private static MappedText SeparateChinese(MappedText text)
    {
        var builder = new MappedTextBuilder(text);
        string value = text.Value;
        for (int i = 0; i < value.Length;)
        {
            Rune rune = Runes.At(value, i, out int length);
            if (IsChinese(rune.Value))
            {
                builder.KeepTo(i);
                builder.Change(new Rune(' '), 0);
                builder.Change(rune, 1);
                builder.Change(new Rune(' '), 1);
            }

            i += length;
        }

        return builder.Build();
    }

    private static bool IsChinese(int code) => code
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
