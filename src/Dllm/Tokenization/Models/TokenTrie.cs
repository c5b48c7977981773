using System.Numerics;

namespace Dllm.Tokenization;

/// <summary>A prefix tree of tokens over UTF-16 units.</summary>
internal sealed class TokenTrie
{
    /// <summary>Where every search begins.</summary>
    public const int Root = 0;

    private readonly int[] _ids;
    private readonly (long Edge, int Node)[] _slots;
    private readonly int _shift;

    public TokenTrie(IEnumerable<(string Token, int Id)> tokens)
    {
        var edges = new Dictionary<long, int>();
        var ids = new List<int> { -1 };
        foreach ((string token, int id) in tokens)
        {
            int node = Root;
            foreach (char unit in token)
            {
                long edge = Edge(node, unit);
                if (!edges.TryGetValue(edge, out int next))
                {
                    next = ids.Count;
                    ids.Add(-1);
                    edges.Add(edge, next);
                }

                node = next;
            }

            if (node != Root)
            {
                ids[node] = id;
            }
        }

        _ids = [.. ids];
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * edges.Count));
        _shift = 64 - BitOperations.Log2((uint)size);
        _slots = new (long, int)[size];
        Array.Fill(_slots, (-1, -1));
        foreach ((long edge, int node) in edges)
        {
            int slot = SlotOf(edge);
            while (_slots[slot].Edge >= 0)
            {
                slot = (slot + 1) & (size - 1);
            }

            _slots[slot] = (edge, node);
        }
    }

    /// <summary>The node a unit leads to, or -1.</summary>
    public int Next(int node, char unit)
    {
        long edge = Edge(node, unit);
        for (int slot = SlotOf(edge); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref readonly (long Edge, int Node) found = ref _slots[slot];
            if (found.Edge == edge || found.Edge < 0)
            {
                return found.Node;
            }
        }
    }

    /// <summary>The id of the token that ends at a node, or -1.</summary>
    public int IdAt(int node) => _ids[node];

    private static long Edge(int node, char unit) => (long)node << 16 | unit;

    private int SlotOf(long edge) => (int)((ulong)edge * 0x9E3779B97F4A7C15 >> _shift);
}
