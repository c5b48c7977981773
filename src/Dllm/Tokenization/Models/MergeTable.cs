using System.Numerics;

namespace Dllm.Tokenization;

/// <summary>The merges of a BPE model: which pairs of tokens join, in what order of preference, and into what.</summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;

    private readonly (ulong Key, int Rank, int Id)[] _slots;
    private readonly int _shift;

    /// <summary>Makes a table for so many merges.</summary>
    public MergeTable(int capacity)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, capacity + (capacity / 2)));
        _slots = new (ulong, int, int)[size];
        _shift = 64 - BitOperations.Log2((uint)size);
        Array.Fill(_slots, (Empty, int.MaxValue, -1));
    }

    /// <summary>Adds a merge; of equal pairs the last counts, as in the reference.</summary>
    public void Add(int left, int right, int rank, int merged)
    {
        ulong key = KeyOf(left, right);
        int slot = SlotOf(key);
        while (_slots[slot].Key != Empty && _slots[slot].Key != key)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        _slots[slot] = (key, rank, merged);
    }

    /// <summary>The rank of a pair (lower goes first) and what it becomes; a rank of <see cref="int.MaxValue"/> means no merge.</summary>
    public (int Rank, int Id) Find(int left, int right)
    {
        ulong key = KeyOf(left, right);
        for (int slot = SlotOf(key); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref readonly (ulong Key, int Rank, int Id) found = ref _slots[slot];
            if (found.Key == key || found.Key == Empty)
            {
                return (found.Rank, found.Id);
            }
        }
    }

    private static ulong KeyOf(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private int SlotOf(ulong key) => (int)((key ^ key >> 29) * 0x9E3779B97F4A7C15 >> _shift);
}
