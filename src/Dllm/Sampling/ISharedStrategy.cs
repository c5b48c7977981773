using static TorchSharp.torch;

namespace Dllm.Sampling;

// N cells asked for, V vocabulary.

/// <summary>
/// A strategy that leaves its forward to others, so that one forward can serve several runs: it says what is to be read, and takes in what
/// was predicted. <see cref="ICacheStrategy.Predict"/> is both with a forward of its own in between.
/// </summary>
internal interface ISharedStrategy : ICacheStrategy
{
    /// <summary>Who reads for it.</summary>
    CanvasReader Reader { get; }

    /// <summary>
    /// What is to be read for a prediction; nothing is lost where it never comes. Without a cell nothing need be read: all is known.
    /// </summary>
    Reading Ask(Canvas canvas, CanvasBlock[] block, CanvasCell[] cells);

    /// <summary>Takes in what was read last.</summary>
    /// <param name="logits">Of the reading's cells, [N, V], and its cache holds what the forward wrote; null where it had no cell.</param>
    /// <returns>Of the cells asked for, [N, V].</returns>
    Tensor Answer(Tensor? logits);
}
