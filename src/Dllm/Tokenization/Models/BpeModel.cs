using System.Buffers;
using System.Text;

namespace Dllm.Tokenization;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016): a word is spelt in characters, or in bytes (Radford et al. 2019), which merge by rank.
/// </summary>
internal sealed partial class BpeModel : ITokenModel
{
    /// <summary>Characters below this are looked up in a table: the common scripts and SentencePiece's blank.</summary>
    private const int CommonCharacters = 0x3000;

    private readonly MergeTable _merges;
    private readonly string _continuingPrefix;
    private readonly string _endSuffix;
    private readonly int? _unknown;
    private readonly bool _fusesUnknown;
    private readonly bool _ignoresMerges;
    private readonly bool _spellsBytes;
    private readonly int[] _byteIds = new int[256];
    private readonly int[] _characterIds = new int[CommonCharacters];
    private readonly int[]? _fallbackIds;

    /// <inheritdoc/>
    public Vocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        if (_ignoresMerges && TryGetWhole(word, out int whole))
        {
            ids.Add(whole);
            return;
        }

        int most = MostSymbols(word);
        int[] symbols = ArrayPool<int>.Shared.Rent(2 * most);
        int count = Spell(word, symbols.AsSpan(0, most), symbols.AsSpan(most, most));
        count = Merger.Merge(_merges, symbols.AsSpan(0, count), symbols.AsSpan(most, count));
        ids.AddRange(symbols.AsSpan(0, count));
        ArrayPool<int>.Shared.Return(symbols);
    }

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        if (word.IsEmpty)
        {
            return;
        }

        if (_ignoresMerges && TryGetWhole(word, out int whole))
        {
            tokens.Add(new WordToken(whole, 0, word.Length - 1));
            return;
        }

        int most = MostSymbols(word);
        var ids = new int[most];
        var bytes = new int[most];
        int count = Spell(word, ids, bytes);
        count = Merger.Merge(_merges, ids.AsSpan(0, count), bytes.AsSpan(0, count));
        int[] units = UnitsOfBytes(word);
        int position = 0;
        for (int i = 0; i < count; i++)
        {
            int end = Math.Min(position + bytes[i], units.Length);
            tokens.Add(new WordToken(ids[i], units[position], units[Math.Max(position, end - 1)]));
            position = end;
        }
    }

    private static int MostSymbols(ReadOnlySpan<char> word) => (3 * word.Length) + 1;

    /// <summary>For each UTF-8 byte of a word, the first UTF-16 unit of its character.</summary>
    private static int[] UnitsOfBytes(ReadOnlySpan<char> word)
    {
        var units = new List<int>(word.Length);
        for (int i = 0; i < word.Length; i += Runes.LengthAt(word, i))
        {
            for (int count = Runes.Utf8LengthAt(word, i); count > 0; count--)
            {
                units.Add(i);
            }
        }

        return [.. units];
    }

    private bool TryGetWhole(ReadOnlySpan<char> word, out int id)
    {
        if (!_spellsBytes)
        {
            return Vocabulary.TryGetId(word, out id);
        }

        int most = Encoding.UTF8.GetMaxByteCount(word.Length);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(most);
        char[] characters = ArrayPool<char>.Shared.Rent(most);
        int count = Encoding.UTF8.GetBytes(word, bytes);
        for (int i = 0; i < count; i++)
        {
            characters[i] = ByteAlphabet.ToCharacter(bytes[i]);
        }

        bool found = Vocabulary.TryGetId(characters.AsSpan(0, count), out id);
        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<char>.Shared.Return(characters);
        return found;
    }

    /// <summary>Writes the symbols a word is made of and how many UTF-8 bytes each stands for.</summary>
    private int Spell(ReadOnlySpan<char> word, Span<int> ids, Span<int> bytes) =>
        _spellsBytes ? SpellBytes(word, ids, bytes) : SpellCharacters(word, ids, bytes);

    private int SpellBytes(ReadOnlySpan<char> word, Span<int> ids, Span<int> bytes)
    {
        int count = 0;
        int unknownBytes = 0;
        int most = 3 * word.Length;
        byte[]? rented = most > 256 ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> utf8 = rented ?? stackalloc byte[256];
        foreach (byte value in utf8[..Encoding.UTF8.GetBytes(word, utf8)])
        {
            Take(_byteIds[value], 1, ids, bytes, ref count, ref unknownBytes);
        }

        Flush(ids, bytes, ref count, ref unknownBytes);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return count;
    }

    private int SpellCharacters(ReadOnlySpan<char> word, Span<int> ids, Span<int> bytes)
    {
        int count = 0;
        int unknownBytes = 0;
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < word.Length;)
        {
            int length = Runes.LengthAt(word, i);
            int id = SymbolOf(word.Slice(i, length), i == 0, i + length == word.Length);
            if (id >= 0 || _fallbackIds is null)
            {
                Take(id, Runes.Utf8LengthAt(word, i), ids, bytes, ref count, ref unknownBytes);
            }
            else
            {
                ReadOnlySpan<byte> spelt = utf8[..Runes.At(word, i, out _).EncodeToUtf8(utf8)];
                if (HasAll(_fallbackIds, spelt))
                {
                    // the reference leaves a pending unknown token where it is: after these bytes
                    foreach (byte value in spelt)
                    {
                        ids[count] = _fallbackIds[value];
                        bytes[count++] = 1;
                    }
                }
                else
                {
                    Take(id, spelt.Length, ids, bytes, ref count, ref unknownBytes);
                }
            }

            i += length;
        }

        Flush(ids, bytes, ref count, ref unknownBytes);
        return count;
    }

    private void Take(int id, int size, Span<int> ids, Span<int> bytes, ref int count, ref int unknownBytes)
    {
        if (id >= 0)
        {
            Flush(ids, bytes, ref count, ref unknownBytes);
            ids[count] = id;
            bytes[count++] = size;
        }
        else if (_unknown is not null) // without an unknown token, what the vocabulary lacks is dropped
        {
            if (!_fusesUnknown)
            {
                Flush(ids, bytes, ref count, ref unknownBytes);
            }

            unknownBytes += size;
        }
    }

    private void Flush(Span<int> ids, Span<int> bytes, ref int count, ref int unknownBytes)
    {
        if (unknownBytes > 0)
        {
            ids[count] = _unknown!.Value;
            bytes[count++] = unknownBytes;
            unknownBytes = 0;
        }
    }

    private int SymbolOf(ReadOnlySpan<char> character, bool first, bool last)
    {
        if ((first || _continuingPrefix.Length == 0) && (!last || _endSuffix.Length == 0))
        {
            return character[0] < CommonCharacters ? _characterIds[character[0]] : Vocabulary.TryGetId(character, out int id) ? id : -1;
        }

        string symbol = string.Concat(first ? "" : _continuingPrefix, character, last ? _endSuffix : "");
        return Vocabulary.IdOf(symbol) ?? -1;
    }

    private static bool HasAll(int[] ids, ReadOnlySpan<byte> values)
    {
        foreach (byte value in values)
        {
            if (ids[value] < 0)
            {
                return false;
            }
        }

        return true;
    }
}
