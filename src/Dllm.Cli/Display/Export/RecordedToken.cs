namespace Dllm.Cli.Display.Export;

/// <summary>A token of a recorded canvas.</summary>
/// <param name="Id">Its id; the mask's where it is not written yet.</param>
/// <param name="Kind">What it is; <see cref="CanvasSpanKind.Changed"/> where the step of the frame wrote it.</param>
/// <param name="Confidence">How sure the sampler was of it, in [0, 1]; not a number where that is not known.</param>
/// <param name="Step">The step that wrote it, from 1; 0 for given tokens and masks.</param>
internal readonly record struct RecordedToken(int Id, CanvasSpanKind Kind, float Confidence, int Step);

/// <summary>A canvas after a step.</summary>
/// <param name="Step">The step; 0 is the canvas before the first.</param>
/// <param name="MasksLeft">The masks left on it.</param>
/// <param name="Rows">By row, its tokens without padding.</param>
internal sealed record RecordedFrame(int Step, int MasksLeft, IReadOnlyList<RecordedToken[]> Rows)
{
    /// <summary>The block that the step filled, from 0.</summary>
    public int Block { get; init; }

    /// <summary>What the model read in the step; none where that was not watched.</summary>
    public IReadOnlyList<RecordedRead> Reads { get; init; } = [];
}

/// <summary>Which columns of the canvas a forward read.</summary>
/// <param name="Start">The first one that it computed.</param>
/// <param name="End">Behind the last one that it computed.</param>
/// <param name="Seen">Behind the last one that it saw: of those not computed, it had keys and values from before.</param>
internal readonly record struct RecordedRead(int Start, int End, int Seen)
{
    /// <summary>Whether it computed a column.</summary>
    public bool Computes(int column) => column >= Start && column < End;
}

/// <summary>What a sampler did on one canvas.</summary>
/// <param name="Frames">The canvas before the first step, and after each.</param>
/// <param name="Questions">By row, what it answers, to be shown above it; null where the row itself says it.</param>
/// <param name="FirstColumns">By row, the column of the canvas that its first recorded token stands in.</param>
internal sealed record RecordedRun(IReadOnlyList<RecordedFrame> Frames, IReadOnlyList<string?> Questions, IReadOnlyList<int> FirstColumns)
{
    /// <summary>How many steps it took.</summary>
    public int Steps => Frames.Count - 1;
}
