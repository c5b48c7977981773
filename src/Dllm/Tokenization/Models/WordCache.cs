using System.Runtime.InteropServices;

namespace Dllm.Tokenization;

/// <summary>
/// Remembers the ids of words met before, in front of a model. A fixed table in which a new word displaces the one in its place; its
/// entries are immutable, so threads share it without locks.
/// </summary>
internal sealed class WordCache(ITokenModel model) : ITokenModel
{
    private const int Slots = 1 << 17;
    private const int LongestWord = 64;

    private readonly Entry?[] _entries = new Entry?[Slots];

    public Vocabulary Vocabulary => model.Vocabulary;

    public void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.Length > LongestWord)
        {
            model.Encode(word, ids);
            return;
        }

        ref Entry? slot = ref _entries[SlotOf(word)];
        if (slot is { } entry && word.SequenceEqual(entry.Word))
        {
            foreach (int id in entry.Ids)
            {
                ids.Add(id);
            }

            return;
        }

        int before = ids.Count;
        model.Encode(word, ids);
        slot = new Entry(word.ToString(), CollectionsMarshal.AsSpan(ids)[before..].ToArray());
    }

    public void Encode(ReadOnlySpan<char> word, List<WordToken> tokens) => model.Encode(word, tokens);

    private static int SlotOf(ReadOnlySpan<char> word)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(word);
        ulong hash = (ulong)word.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(bytes)) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
        }

        ulong rest = 0;
        foreach (byte unit in bytes)
        {
            rest = rest << 8 | unit;
        }

        hash = (hash ^ rest) * 0x9E3779B97F4A7C15;
        return (int)(hash >> 47);
    }

    private sealed class Entry(string word, int[] ids)
    {
        public readonly string Word = word;
        public readonly int[] Ids = ids;
    }
}
