namespace Dllm.Sampling;

/// <summary>
/// What one denoising step did: managed data only, enough to draw the canvas live or to rebuild its history
/// (<see cref="Canvas.Apply(SampleStep)"/> on a copy of the first canvas).
/// </summary>
/// <param name="Step">This step, counted from 1.</param>
/// <param name="Steps">
/// All steps: exact where a schedule sets how many tokens each writes; a forecast where it is drawn block by block, or the model decides.
/// </param>
/// <param name="Block">The block being filled, counted from 0.</param>
/// <param name="Blocks">The number of blocks.</param>
/// <param name="Changes">The tokens committed in this step, ordered by row and position.</param>
/// <param name="MasksLeft">The masks left on the whole canvas.</param>
public sealed record SampleStep(
    int Step,
    int Steps,
    int Block,
    int Blocks,
    IReadOnlyList<CanvasChange> Changes,
    int MasksLeft)
{
    /// <summary>The rows that tokens were inserted into or deleted from (Edit Flows); their changes are not among the others.</summary>
    public IReadOnlyList<RowReplacement> Replacements { get; init; } = [];

    /// <summary>How many of <see cref="Changes"/> put padding behind the end of a text that stopped early: no model wrote them.</summary>
    public int Padded { get; init; }
}

/// <summary>A token committed to the canvas.</summary>
/// <param name="Row">The row of the batch.</param>
/// <param name="Position">The column.</param>
/// <param name="Id">The token's id.</param>
/// <param name="Confidence">
/// What the choice of positions went by, the more the surer: the model's probability of the token, in [0, 1]; or what stands in its place, such
/// as a negative entropy, a margin between the two best, a chance of an edit, or under random remasking the random score. Not a number for what was
/// put behind a text that stopped early.
/// </param>
public readonly record struct CanvasChange(int Row, int Position, int Id, float Confidence);
