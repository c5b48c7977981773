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
internal sealed record RecordedFrame(int Step, int MasksLeft, IReadOnlyList<RecordedToken[]> Rows);

/// <summary>What a sampler did on one canvas.</summary>
/// <param name="Frames">The canvas before the first step, and after each.</param>
/// <param name="Questions">By row, what it answers, to be shown above it; null where the row itself says it.</param>
internal sealed record RecordedRun(IReadOnlyList<RecordedFrame> Frames, IReadOnlyList<string?> Questions)
{
    /// <summary>How many steps it took.</summary>
    public int Steps => Frames.Count - 1;
}
