namespace Dllm.Sampling;

/// <summary>Which proposed tokens of a row to commit now, and when a row is done with a block.</summary>
internal interface IUnmaskingPolicy
{
    /// <summary>Whether a row has nothing more to do in the current block.</summary>
    bool IsDone(RowProgress row);

    /// <summary>Whether a row that is not done commits nothing in the next step, whatever is proposed.</summary>
    bool IsIdle(RowProgress row) => false;

    /// <summary>The indices of the proposals to commit, ascending; empty for none.</summary>
    int[] Choose(RowProposals row);
}

/// <summary>What is proposed for a row in a step: parallel lists, by column.</summary>
/// <param name="Progress">How far the row has come.</param>
/// <param name="Current">The ids that stand there now: the mask, or a token that may be edited.</param>
/// <param name="Cells">Where.</param>
/// <param name="Tokens">The ids proposed.</param>
/// <param name="Confidences">How sure the proposals are.</param>
/// <param name="MaskTokenId">The id of the mask token.</param>
/// <param name="Region">The columns for which the original draws numbers.</param>
/// <param name="Ties">
/// The columns among which equals are told apart: which of several equal scores the library takes depends on the length of what it is
/// given, so it is given what the original gives it, the padding around a row left out where neighbours are to change nothing.
/// </param>
internal sealed record RowProposals(
    RowProgress Progress, int[] Current, CanvasCell[] Cells, int[] Tokens, float[] Confidences, int MaskTokenId, Columns Region, Columns Ties)
{
    /// <summary>A part of the proposals.</summary>
    public RowProposals Only(int[] indices) => this with
    {
        Current = Array.ConvertAll(indices, i => Current[i]),
        Cells = Array.ConvertAll(indices, i => Cells[i]),
        Tokens = Array.ConvertAll(indices, i => Tokens[i]),
        Confidences = Array.ConvertAll(indices, i => Confidences[i]),
    };
}
