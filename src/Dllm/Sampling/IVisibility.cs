using static TorchSharp.torch;

namespace Dllm.Sampling;

// b rows of a step, Q columns read, K columns seen (0 … the last one read, or more where a cache holds them).

/// <summary>Which tokens of a canvas see which, and at what positions they stand.</summary>
internal interface IVisibility
{
    /// <summary>What the tokens read in a step may see: [b, K], or [b, 1, Q, K], bool; null where all see all.</summary>
    Tensor? Mask(Canvas canvas, int[] rows, Columns read, int seen);

    /// <summary>The positions of the tokens read: [b, Q], int64; null where they are the columns, counted from 0.</summary>
    Tensor? Positions(Canvas canvas, int[] rows, Columns read);
}
