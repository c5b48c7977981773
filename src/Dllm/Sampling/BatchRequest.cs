using static TorchSharp.torch;

namespace Dllm.Sampling;

// N cells asked for, V vocabulary.

/// <summary>A request of a <see cref="DenoisingBatch"/>: a canvas of one row with its own options, draws and progress.</summary>
internal sealed class BatchRequest : IDisposable
{
    private readonly Generator _generator;
    private readonly DenoisingLoop _loop;
    private readonly IEnumerator<DenoisingStep> _steps;
    private StepDemand? _demand;
    private bool _hasStarted;
    private bool _isFinished;
    private Tensor? _drawn; // the state of the draws in front of the step; lives in its dispose scope

    public BatchRequest(int id, Canvas canvas, ISamplingMethod method)
    {
        (Id, Canvas) = (id, canvas);
        _generator = SamplingRun.Generator(method);
        _loop = method.Over(canvas, _generator);
        _steps = _loop.Steps(canvas, CancellationToken.None).GetEnumerator();
    }

    public int Id { get; }

    public Canvas Canvas { get; }

    /// <summary>Who reads for it; null where its forwards cannot be shared.</summary>
    public CanvasReader? Reader => _loop.SharedReader;

    /// <summary>What its next step wants read; null where there is nothing to read. Call it in the step's dispose scope.</summary>
    public Reading? Prepare()
    {
        if (!_hasStarted) Advance();
        _drawn = _generator.get_state();
        _demand = _isFinished ? null : _loop.Prepare(_steps.Current);
        return _demand is { Cells.Length: > 0 } && _loop.Ask(_steps.Current, _demand) is { Cells.Length: > 0 } reading ? reading : null;
    }

    /// <summary>
    /// Forgets a step that was prepared and could not be read: the next one draws the same. Call it in the step's dispose scope.
    /// </summary>
    public void Rewind()
    {
        if (_drawn is not null) _generator.set_state(_drawn);
        (_drawn, _demand) = (null, null);
    }

    /// <summary>Takes the step that was prepared.</summary>
    /// <param name="logits">Of what was read, [N, V], changed here; null where nothing was.</param>
    public RequestStep Complete(Tensor? logits)
    {
        _drawn = null;
        if (_demand is null) return new RequestStep(Id, null, IsFinished: true);
        var step = _loop.Complete(_steps.Current, _demand, _demand.Cells.Length == 0 ? null : _loop.Answer(logits));
        _demand = null;
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
