namespace Dllm.Sampling;

/// <summary>How fast the tokens of one row are edited; 0 where an edit is not allowed. One number a token.</summary>
/// <param name="Substitution">Replaced by another token.</param>
/// <param name="Deletion">Deleted.</param>
/// <param name="Insertion">Followed by a new token.</param>
internal sealed record RowEditRates(float[] Substitution, float[] Deletion, float[] Insertion)
{
    /// <summary>The tokens of the row.</summary>
    public int Length => Insertion.Length;

    /// <summary>
    /// Lets the given tokens stay, together and in their order: no edit touches one, and nothing is inserted between two or, unless text
    /// is to be written behind it, behind the row.
    /// </summary>
    public void Protect(Canvas canvas, int row)
    {
        var first = canvas.FirstColumn(row);
        for (var i = 0; i < Length; i++)
        {
            if (!canvas.IsGiven(row, first + i)) continue;
            (Substitution[i], Deletion[i]) = (0, 0);
            var canGrow = i + 1 < Length ? !canvas.IsGiven(row, first + i + 1) : canvas.IsCompletion;
            if (!canGrow) Insertion[i] = 0;
        }
    }
}
