using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>
/// SentencePiece's compiled character map: a double-array trie from UTF-8 byte sequences to replacements. A grapheme of fewer than six
/// bytes is looked up whole, and the shortest entry that begins it replaces all of it; else character by character.
/// </summary>
internal sealed class PrecompiledNormalizer : INormalizer
{
    private readonly uint[] _trie;
    private readonly byte[] _replacements;

    private PrecompiledNormalizer(uint[] trie, byte[] replacements)
    {
        _trie = trie;
        _replacements = replacements;
    }

    public static PrecompiledNormalizer Read(JsonSection section)
    {
        string text = section.Text("precompiled_charsmap");
        var map = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, map, out int length) || length < 4)
        {
            throw section.Get("precompiled_charsmap").Error("is not base64 text");
        }

        uint trieBytes = BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (trieBytes > length - 4 || trieBytes % 4 != 0 || trieBytes == 0)
        {
            throw section.Get("precompiled_charsmap").Error($"declares a table of {trieBytes} bytes but has {length - 4}");
        }

        var trie = new uint[trieBytes / 4];
        for (int i = 0; i < trie.Length; i++)
        {
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(4 + (4 * i)));
        }

        return new PrecompiledNormalizer(trie, map[(4 + (int)trieBytes)..length]);
    }

    public MappedText Normalize(MappedText text)
    {
        var builder = new MappedTextBuilder(text);
        string value = text.Value;
        for (int i = 0; i < value.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(value, i);
            ReadOnlySpan<char> grapheme = value.AsSpan(i, length);
            if (length < 6 && Encoding8.GetByteCount(grapheme) < 6 && Find(grapheme) is { } whole)
            {
                Replace(builder, grapheme, whole);
            }
            else
            {
                for (int k = 0; k < length;)
                {
                    int unit = Runes.LengthAt(grapheme, k);
                    if (Find(grapheme.Slice(k, unit)) is { } single)
                    {
                        Replace(builder, grapheme.Slice(k, unit), single);
                    }
                    else
                    {
                        builder.Change(Runes.At(grapheme, k, out _), 0);
                    }

                    k += unit;
                }
            }

            i += length;
        }

        builder.SkipRest();
        return builder.Build();
    }

    private static UTF8Encoding Encoding8 { get; } = new(false);

    private static void Replace(MappedTextBuilder builder, ReadOnlySpan<char> old, string replacement)
    {
        int removed = Runes.Count(old);
        int left = Runes.Count(replacement);
        if (left == 0)
        {
            builder.Remove(removed); // at the very start the reference forgets to: what follows takes over the origins
            return;
        }

        int index = 0;
        foreach (Rune rune in replacement.EnumerateRunes())
        {
            index++;
            int change = index > removed ? 1 : index == left ? left - removed : 0;
            builder.Change(rune, change);
        }
    }

    private string? Find(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!Encoding8.TryGetBytes(text, bytes, out int count))
        {
            return null;
        }

        uint node = Offset(_trie[0]);
        foreach (byte label in bytes[..count])
        {
            if (label == 0)
            {
                return null;
            }

            node ^= label;
            if (node >= _trie.Length || (_trie[node] & 0x800000FF) != label)
            {
                return null;
            }

            uint unit = _trie[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 1 && node < _trie.Length)
            {
                int start = (int)(_trie[node] & 0x7FFFFFFF);
                if (start > _replacements.Length)
                {
                    return null;
                }

                ReadOnlySpan<byte> rest = _replacements.AsSpan(start);
                int end = rest.IndexOf((byte)0);
                return Encoding8.GetString(end < 0 ? rest : rest[..end]);
            }
        }

        return null;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);
}
