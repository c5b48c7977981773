namespace Dllm.Sampling;

/// <summary>Turns a canvas with masks into text, step by step. Options are given at construction.</summary>
public interface ISampler
{
    /// <summary>
    /// Denoises <paramref name="canvas"/> in place and reports every step. The stream is lazy: nothing runs until it is enumerated,
    /// and the caller may stop at any step; the canvas then holds what was committed so far and can be sampled further.
    /// </summary>
    /// <param name="canvas">The canvas; it must not be changed by others while the stream is enumerated.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <exception cref="DllmException">The options do not fit the canvas.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the denoiser and the canvas stay usable.</exception>
    IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default);
}
