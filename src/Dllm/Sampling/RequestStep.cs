namespace Dllm.Sampling;

/// <summary>What a step of a <see cref="DenoisingBatch"/> did to one request: managed data only.</summary>
/// <param name="Id">The request, as <see cref="DenoisingBatch.Add(Canvas, ISampler)"/> numbered it.</param>
/// <param name="Step">
/// The step that it would have taken alone, counted from the request's own first step; null where there was nothing to fill.
/// </param>
/// <param name="IsFinished">Whether the request is done: its canvas is final, and the batch has let go of it.</param>
public sealed record RequestStep(int Id, SampleStep? Step, bool IsFinished);
