using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// N cells asked for, V vocabulary.

/// <summary>
/// Continuous batching of masked diffusion: requests come and go between denoising steps, each a canvas of one row with its own length,
/// options and seed, and all of them share the forwards. A request is written as <see cref="MdlmSampler"/> writes it alone: its draws
/// are its own, and its neighbours are neither seen nor counted.
/// </summary>
/// <remarks>
/// Only the rows with something to commit in a step are read, and logits are computed only where a token can be committed. Rows of like
/// length share a forward, as wide as the longest of them (their lengths differ by half at most); requests that differ in
/// guidance or in the shift of logits are read by separate forwards of the same step. Logits
/// equal those of a request alone to the last bit where the model's kernels do not depend on the number and length of rows, else to
/// rounding. Not safe for use by several threads at once.
/// </remarks>
public sealed class DenoisingBatch : IDisposable
{
    private readonly IDenoiser _denoiser;
    private readonly int _maxRows;
    private readonly int? _contextLength;
    private readonly Device _device;
    private readonly List<BatchRequest> _active = []; // in the order of their coming
    private readonly List<BatchRequest> _waiting = [];
    private int _nextId;
    private bool _isDisposed;

    /// <summary>Rows this short cost about as much as shorter ones: they share a forward whatever their length.</summary>
    private const int ShortRow = 32;

    /// <summary>A batch without requests, over a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="maxRows">The most requests that share a step, at least 1; more wait. A guided request is read as two rows.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException"><paramref name="maxRows"/> is below 1.</exception>
    public DenoisingBatch(IDenoiser denoiser, int maxRows, int? contextLength = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        OptionChecks.RequireAtLeastOne(maxRows, "the rows of a batch");
        (_denoiser, _maxRows, _contextLength, _device) = (denoiser, maxRows, contextLength, device ?? CPU);
    }

    /// <summary>The same over a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException"><paramref name="maxRows"/> is below 1.</exception>
    public DenoisingBatch(Denoiser denoiser, int maxRows)
        : this(denoiser, maxRows, denoiser.MaxPositions, denoiser.Device)
    {
    }

    /// <summary>The requests that the next step serves; 0 only if none is left at all.</summary>
    public int Active => _active.Count;

    /// <summary>The requests that wait for a place: first come, first served.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Takes a request in, to be served from the next step on, or as soon as there is a place.</summary>
    /// <param name="canvas">
    /// One row that begins in column 0 (<see cref="CanvasLayout.Left"/>). The batch writes to it until the request is finished or
    /// cancelled; nobody else may.
    /// </param>
    /// <param name="options">How to sample it.</param>
    /// <returns>The number of the request; none is used twice.</returns>
    /// <exception cref="DllmException">
    /// An option is out of its range or does not fit the canvas, a token is unknown, or the canvas is wider than the denoiser reads.
    /// </exception>
    /// <exception cref="ArgumentException">The canvas has several rows or padding, or is in the batch already.</exception>
    public int Add(Canvas canvas, MdlmSamplerOptions options)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentNullException.ThrowIfNull(canvas);
        ArgumentNullException.ThrowIfNull(options);
        if (canvas.Rows != 1 || canvas.Length(0) != canvas.Width)
            throw new ArgumentException("a request is a canvas of one row without padding", nameof(canvas));
        if (_active.Concat(_waiting).Any(request => request.Canvas == canvas))
            throw new ArgumentException("the canvas is in the batch already", nameof(canvas));
        ISamplingMethod method = new MdlmSampler(_denoiser, options, _contextLength, _device);
        method.Check(canvas);
        _waiting.Add(new BatchRequest(_nextId, canvas, options, method));
        Admit();
        return _nextId++;
    }

    /// <summary>Lets a request go as it is, between two steps; its canvas keeps what was written.</summary>
    /// <returns>Whether it was there: not finished, and not cancelled before.</returns>
    public bool Cancel(int id)
    {
        var request = _active.Concat(_waiting).FirstOrDefault(request => request.Id == id);
        if (request is null) return false;
        Remove(request);
        Admit();
        return true;
    }

    /// <summary>
    /// Takes the next step of every active request, lets the finished ones go, and gives their places to those that wait.
    /// </summary>
    /// <returns>One entry for each request served, in the order of their coming; empty if there is none.</returns>
    /// <remarks>If the denoiser fails, no request has changed, but random numbers were drawn: what follows may be written otherwise.</remarks>
    public IReadOnlyList<RequestStep> Step()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        BatchRequest[] requests = [.. _active];
        var demands = Array.ConvertAll(requests, request => request.Prepare());
        var logits = Predict(requests, demands);
        RequestStep[] steps = [.. requests.Select((request, i) => request.Complete(demands[i], logits[i]))];
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].IsFinished) Remove(requests[i]);
        }

        Admit();
        return steps;
    }

    /// <summary>Lets all requests go; their canvases keep what was written.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var request in _active.Concat(_waiting)) request.Dispose();
        _active.Clear();
        _waiting.Clear();
    }

    // By request: the logits of the cells it asked for, [N, V]; null where there is none.
    private Tensor?[] Predict(BatchRequest[] requests, StepDemand?[] demands)
    {
        var logits = new Tensor?[requests.Length];
        var alike = Enumerable.Range(0, requests.Length)
            .Where(i => demands[i] is { Cells.Length: > 0 }).GroupBy(i => (requests[i].Reading, LengthClass(requests[i].Canvas.Width)));
        foreach (var group in alike)
        {
            int[] members = [.. group];
            var canvas = Canvas.Join([.. members.Select(i => requests[i].Canvas)]);
            CanvasCell[] cells = [.. members.SelectMany((i, row) => demands[i]!.Cells.Select(cell => cell with { Row = row }))];
            // Suppression is each request's own and comes behind the forward.
            var reader = new MdlmSampler(_denoiser, requests[members[0]].Options with { SuppressTokens = [] }, _contextLength, _device).Reader();
            var all = reader.Read(canvas, [.. Enumerable.Range(0, canvas.Rows)], new Columns(0, canvas.Width), cells); // [all N, V]
            var first = 0;
            foreach (var i in members)
            {
                logits[i] = all.narrow(0, first, demands[i]!.Cells.Length); // [N, V]
                first += demands[i]!.Cells.Length;
            }
        }

        return logits;
    }

    // Classes are half octaves: no row of a forward is padded by more than half its length.
    private static int LengthClass(int width) => (int)Math.Ceiling(2 * Math.Log2(Math.Max(width, ShortRow)));

    private void Remove(BatchRequest request)
    {
        if (!_active.Remove(request)) _waiting.Remove(request);
        request.Dispose();
    }

    private void Admit()
    {
        var places = Math.Min(_maxRows - _active.Count, _waiting.Count);
        _active.AddRange(_waiting[..places]);
        _waiting.RemoveRange(0, places);
    }
}
