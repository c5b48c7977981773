using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// N cells asked for, V vocabulary.

/// <summary>
/// Continuous batching: requests come and go between denoising steps, each a canvas of one row with its own sampler, length, options and
/// seed, and all of them share the forwards. A request is written as its sampler writes it alone: its draws are its own, and its
/// neighbours are neither seen nor counted nor waited for.
/// </summary>
/// <remarks>
/// For all samplers of masks without a cache, and for BD3LM, LLaDA2 and LLaDA2.1 with theirs, which is exact; what reads through an
/// approximate cache is refused. Only the rows with something to commit in a step are read, and logits are computed only where a token
/// can be committed. Rows of like length share a forward, as wide as the longest of them (what is read differs by half at most, what caches
/// hold by a factor of two); requests that differ in guidance or in the shift of logits, or of which one begins a block while another is in
/// the middle of one, are read by separate forwards of the same step. Logits equal those of a request alone to the last bit where the
/// model's kernels do not depend on the number and length of rows, else to rounding. Not safe for use by several threads at once.
/// </remarks>
public sealed class DenoisingBatch : IDisposable
{
    private readonly IDenoiser _denoiser;
    private readonly int _maxRows;
    private readonly int? _contextLength;
    private readonly Device _device;
    private readonly SharedForward _forward = new();
    private readonly List<BatchRequest> _active = []; // in the order of their coming
    private readonly List<BatchRequest> _waiting = [];
    private int _nextId;
    private bool _isDisposed;

    /// <summary>A batch without requests, over a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="maxRows">The most requests that share a step, at least 1; more wait. A guided request is read as two rows.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException"><paramref name="maxRows"/> is below 1.</exception>
    public DenoisingBatch(IDenoiser denoiser, int maxRows, int? contextLength = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        if (maxRows < 1) throw new DllmException($"the rows of a batch are {maxRows}", "give at least 1");
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

    /// <summary>Takes a request of masked diffusion in: as <see cref="Add(Canvas, ISampler)"/> with <see cref="MdlmSampler"/>.</summary>
    /// <exception cref="DllmException">
    /// An option is out of its range or does not fit the canvas, a token is unknown, or the canvas is wider than the denoiser reads.
    /// </exception>
    /// <exception cref="ArgumentException">The canvas has several rows, or is in the batch already.</exception>
    public int Add(Canvas canvas, MdlmSamplerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Add(canvas, new MdlmSampler(_denoiser, options, _contextLength, _device));
    }

    /// <summary>Takes a request in, to be served from the next step on, or as soon as there is a place.</summary>
    /// <param name="canvas">
    /// One row, as the sampler works on. The batch writes to it until the request is finished or cancelled; nobody else may.
    /// </param>
    /// <param name="sampler">How to sample it: a sampler of the batch's own denoiser. It may serve several requests.</param>
    /// <returns>The number of the request; none is used twice.</returns>
    /// <exception cref="DllmException">
    /// The sampler shares no forwards, its options do not fit the canvas, a token is unknown, or the canvas is wider than the denoiser reads.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The canvas has several rows or is in the batch already, or the sampler has another denoiser.
    /// </exception>
    public int Add(Canvas canvas, ISampler sampler)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentNullException.ThrowIfNull(canvas);
        ArgumentNullException.ThrowIfNull(sampler);
        if (canvas.Rows != 1) throw new ArgumentException("a request is a canvas of one row", nameof(canvas));
        if (_active.Concat(_waiting).Any(request => request.Canvas == canvas))
            throw new ArgumentException("the canvas is in the batch already", nameof(canvas));
        _waiting.Add(Request(canvas, sampler));
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
    /// <remarks>If the denoiser fails, nothing has changed: the next call takes the same steps.</remarks>
    public IReadOnlyList<RequestStep> Step()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        BatchRequest[] requests = [.. _active];
        var logits = Read(requests);
        RequestStep[] steps = [.. requests.Select((request, i) => request.Complete(logits[i]))];
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
        _forward.Dispose();
        _active.Clear();
        _waiting.Clear();
    }

    /// <summary>By request, the logits that its step wants, [N, V]; null where it wants none.</summary>
    private Tensor?[] Read(BatchRequest[] requests)
    {
        var isRead = false;
        try
        {
            var readings = Array.ConvertAll(requests, request => request.Prepare());
            int[] reads = [.. Enumerable.Range(0, requests.Length).Where(i => readings[i] is not null)];
            var logits = new Tensor?[requests.Length];
            foreach (var (i, read) in reads.Zip(_forward.Read(Array.ConvertAll(reads, i => readings[i]!)))) logits[i] = read;
            isRead = true;
            return logits;
        }
        finally
        {
            if (!isRead) Array.ForEach(requests, request => request.Rewind());
        }
    }

    private BatchRequest Request(Canvas canvas, ISampler sampler)
    {
        if (sampler is not ISamplingMethod method)
        {
            throw new DllmException(
                $"{sampler.GetType().Name} shares no forwards with other requests: it does not fill masks step by step",
                "sample with it outside the batch");
        }

        method.Check(canvas);
        var request = new BatchRequest(_nextId, canvas, method);
        if (request.Reader?.Denoiser == _denoiser) return request;
        var hasCache = request.Reader is null;
        request.Dispose();
        if (!hasCache) throw new ArgumentException("the sampler has another denoiser than the batch", nameof(sampler));
        throw new DllmException(
            $"{sampler.GetType().Name} with an approximate cache (prefix, dual, refresh) shares no forwards with other requests",
            "leave the cache out, or sample outside the batch");
    }

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
        if (_active.Count == 0) _forward.Dispose(); // nothing is kept for nobody
    }
}
