namespace Dllm.Sampling;

/// <summary>
/// Lets another policy fill masks, and replaces tokens written before in the same block where the model is now sure of a different one
/// (LLaDA2.1). Behind the last mask it goes on editing until a step changes nothing.
/// </summary>
/// <param name="filling">Chooses among the proposals for masks.</param>
/// <param name="threshold">The confidence that an edit has to exceed.</param>
/// <param name="stepsWithoutMasks">The most steps of a block that begin without a mask.</param>
internal sealed class EditingPolicy(IUnmaskingPolicy filling, double threshold, int stepsWithoutMasks) : IUnmaskingPolicy
{
    /// <summary>Whether a token may be masked again where the model is sure of the mask, as in the original.</summary>
    public bool MasksAgain { get; init; }

    public bool IsDone(RowProgress row) => row.Masks == 0
        && (row.Steps == 0 || row.StepsWithoutMasks >= stepsWithoutMasks || (row.StepsWithoutMasks > 0 && row.LastChanges == 0));

    public int[] Choose(RowProposals row)
    {
        int[] all = [.. Enumerable.Range(0, row.Cells.Length)];
        var masks = Array.FindAll(all, i => row.Current[i] == row.MaskTokenId);
        var edits = all.Where(i =>
            row.Current[i] != row.MaskTokenId && row.Tokens[i] != row.Current[i] && (MasksAgain || row.Tokens[i] != row.MaskTokenId)
            && row.Confidences[i] > (float)threshold);
        var filled = masks.Length == 0 ? [] : filling.Choose(row.Only(masks)).Select(i => masks[i]);
        return [.. filled.Concat(edits).Order()];
    }
}
