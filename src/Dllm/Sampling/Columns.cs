namespace Dllm.Sampling;

/// <summary>A range of columns of a canvas, the same in every row.</summary>
/// <param name="Start">The first column.</param>
/// <param name="End">The column behind the last.</param>
internal readonly record struct Columns(int Start, int End)
{
    /// <summary>The number of columns.</summary>
    public int Count => End - Start;
}
