namespace Dllm.Tokenization;

/// <summary>A prefix tree of tokens over UTF-16 units.</summary>
internal sealed class TokenTrie
{
    /// <summary>Where every search begins.</summary>
    public const int Root = 0;

    private readonly Dictionary<long, int> _edges = [];
    private readonly List<int> _ids = [-1];

    public TokenTrie(IEnumerable<(string Token, int Id)> tokens)
    {
        foreach ((string token, int id) in tokens)
        {
            int node = Root;
            foreach (char unit in token)
            {
                long edge = Edge(node, unit);
                if (!_edges.TryGetValue(edge, out int next))
                {
                    next = _ids.Count;
                    _ids.Add(-1);
                    _edges.Add(edge, next);
                }

                node = next;
            }

            if (node != Root)
            {
                _ids[node] = id;
            }
        }
    }

    /// <summary>The node a unit leads to, or -1.</summary>
    public int Next(int node, char unit) => _edges.TryGetValue(Edge(node, unit), out int next) ? next : -1;

    /// <summary>The id of the token that ends at a node, or -1.</summary>
    public int IdAt(int node) => _ids[node];

    private static long Edge(int node, char unit) => (long)node << 16 | unit;
}
