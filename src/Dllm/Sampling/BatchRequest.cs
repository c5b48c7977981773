using static TorchSharp.torch;

namespace Dllm.Sampling;

// N cells asked for, V vocabulary.

/// <summary>A request of a <see cref="DenoisingBatch"/>: a canvas of one row with its own options, draws and progress.</summary>
internal sealed class BatchRequest : IDisposable
{
    private readonly Generator _generator;
    private readonly DenoisingLoop _loop;
    private readonly IEnumerator<DenoisingStep> _steps;
    private bool _hasStarted;
    private bool _isFinished;

    public BatchRequest(int id, Canvas canvas, MdlmSamplerOptions options, ISamplingMethod method)
    {
        (Id, Canvas, Options, Reading) = (id, canvas, options, BatchReading.Of(options, canvas.MaskTokenId));
        _generator = SamplingRun.Generator(method);
        _loop = method.Over(canvas, _generator);
        _steps = _loop.Steps(canvas, CancellationToken.None).GetEnumerator();
    }

    public int Id { get; }

    public Canvas Canvas { get; }

    public MdlmSamplerOptions Options { get; }

    /// <summary>How its logits are read: requests that read alike share a forward.</summary>
    public BatchReading Reading { get; }

    /// <summary>What its next step wants of the forward; null where there is nothing to do. Call it in the step's dispose scope.</summary>
    public StepDemand? Prepare()
    {
        if (!_hasStarted) Advance();
        return _isFinished ? null : _loop.Prepare(_steps.Current);
    }

    /// <summary>Takes the step that was prepared.</summary>
    /// <param name="demand">What <see cref="Prepare"/> returned.</param>
    /// <param name="logits">Of the cells asked for, without suppression: [N, V], changed here; null where there is none.</param>
    public RequestStep Complete(StepDemand? demand, Tensor? logits)
    {
        if (demand is null) return new RequestStep(Id, null, IsFinished: true);
        if (logits is not null && Options.SuppressTokens.Count > 0) SuppressedDenoiser.Suppress(logits, Options.SuppressTokens);
        var step = _loop.Complete(_steps.Current, demand, logits);
        Advance();
        return new RequestStep(Id, step, _isFinished);
    }

    public void Dispose()
    {
        _steps.Dispose();
        _generator.Dispose();
    }

    private void Advance()
    {
        _hasStarted = true;
        _isFinished = !_steps.MoveNext();
    }
}
