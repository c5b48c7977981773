namespace Dllm.Sampling;

/// <summary>The edits of one row in one step: places in the row, ascending.</summary>
/// <param name="Substituted">Tokens that are replaced.</param>
/// <param name="Deleted">Tokens that are deleted.</param>
/// <param name="Inserted">Tokens that a new one comes behind; they may be among the others too.</param>
/// <param name="Chances">By token: how probable it was that it is replaced or deleted.</param>
internal sealed record RowEdits(int[] Substituted, int[] Deleted, int[] Inserted, float[] Chances)
{
    /// <summary>Whether nothing happens.</summary>
    public bool IsEmpty => Substituted.Length + Deleted.Length + Inserted.Length == 0;

    /// <summary>Whether nothing is deleted or inserted.</summary>
    public bool KeepsLength => Deleted.Length + Inserted.Length == 0;

    /// <summary>As many of the edits as leave at least one token and at most <paramref name="limit"/>.</summary>
    public RowEdits Within(int limit)
    {
        var edits = this;
        if (Deleted.Length == Chances.Length && Inserted.Length == 0) edits = this with { Deleted = Deleted[1..] };
        var room = Math.Max(0, limit - (Chances.Length - edits.Deleted.Length));
        return room < Inserted.Length ? edits with { Inserted = Inserted[..room] } : edits;
    }

    /// <summary>The row after the edits.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="before">Its tokens.</param>
    /// <param name="tokens">The tokens to write: those of <see cref="Substituted"/>, then those of <see cref="Inserted"/>.</param>
    public RowReplacement Apply(int row, ReadOnlySpan<int> before, int[] tokens)
    {
        var (ids, origins) = (new List<int>(), new List<int>());
        var (substituted, inserted, deleted) = (0, 0, 0);
        for (var i = 0; i < before.Length; i++)
        {
            if (deleted < Deleted.Length && Deleted[deleted] == i) deleted++;
            else Add(substituted < Substituted.Length && Substituted[substituted] == i ? tokens[substituted++] : before[i], i);
            if (inserted < Inserted.Length && Inserted[inserted] == i) Add(tokens[Substituted.Length + inserted++], -1);
        }

        return new RowReplacement(row, ids, origins) { Written = Substituted.Length + Inserted.Length };

        void Add(int id, int origin)
        {
            ids.Add(id);
            origins.Add(origin);
        }
    }

    /// <summary>The same as changes of columns; for edits that keep the row's length.</summary>
    public IEnumerable<CanvasChange> Changes(int row, int firstColumn, int[] tokens) =>
        Substituted.Select((place, i) => new CanvasChange(row, firstColumn + place, tokens[i], Chances[place]));
}
