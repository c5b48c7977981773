using System.Buffers;
using System.Globalization;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>Lower-cases each character by itself.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    /// <summary>Units of the characters that .NET leaves as they are (see <see cref="ReferenceUnicode.ToLower"/>) and of U+0130.</summary>
    private static readonly SearchValues<char> Special =
        SearchValues.Create("\u0130\u1C89\uA7CB\uA7CC\uA7CE\uA7D2\uA7D4\uA7DA\uA7DC\uD803\uD81B");

    public MappedText Normalize(MappedText text)
    {
        string value = text.Value;
        if (!text.Tracked && !value.AsSpan().ContainsAny(Special))
        {
            string lower = value.ToLowerInvariant();
            return ReferenceEquals(lower, value) ? text : text.Replace(lower, default);
        }

        var builder = new MappedTextBuilder(text);
        for (int i = 0; i < value.Length;)
        {
            Rune rune = Runes.At(value, i, out int length);
            Rune lower = ReferenceUnicode.ToLower(rune);
            if (rune.Value == 0x130)
            {
                builder.KeepTo(i);
                builder.Change(new Rune('i'), 0);
                builder.Change(new Rune(0x307), 1);
            }
            else if (lower != rune)
            {
                builder.KeepTo(i);
                builder.Change(lower, 0);
            }

            i += length;
        }

        return builder.Build();
    }
}

/// <summary>Removes combining marks (it does not decompose: put NFD before it).</summary>
internal sealed class StripAccentsNormalizer : INormalizer
{
    public MappedText Normalize(MappedText text) => CharacterFilter.Remove(text, static rune => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);
}

/// <summary>Removes characters.</summary>
internal static class CharacterFilter
{
    /// <summary>The text without the characters that satisfy a condition. ASCII characters are kept unseen.</summary>
    public static MappedText Remove(MappedText text, Func<Rune, bool> condition)
    {
        string value = text.Value;
        if (Ascii.IsValid(value))
        {
            return text;
        }

        var builder = new MappedTextBuilder(text);
        for (int i = 0; i < value.Length;)
        {
            Rune rune = Runes.At(value, i, out int length);
            if (!rune.IsAscii && condition(rune))
            {
                builder.KeepTo(i);
                builder.Skip(length);
            }

            i += length;
        }

        return builder.Build();
    }
}
