namespace Dllm.Sampling;

/// <summary>A range of columns of a canvas, the same in every row.</summary>
/// <param name="Start">The first column.</param>
/// <param name="End">The column behind the last.</param>
internal readonly record struct Columns(int Start, int End)
{
    /// <summary>The number of columns.</summary>
    public int Count => End - Start;

    /// <summary>Those of them from <paramref name="start"/> to in front of <paramref name="end"/>.</summary>
    public Columns Within(int start, int end) => new(Math.Max(Start, start), Math.Min(End, end));
}
