using Dllm.Layers;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// b rows still being written, T columns of a forward, S columns seen, V vocabulary.

/// <summary>
/// Writes from left to right, a token a row and step, with an ordinary language model (GPT-2, Llama, Qwen): the baseline beside the
/// diffusion models. Keys and values of what is written are kept, so that a step computes one column only.
/// </summary>
/// <remarks>
/// Prompts may differ in length: they end together, and what pads shorter ones in front is not attended to nor counted as a position. A
/// row's text depends on no other row; rows that have ended leave the batch. An instance keeps no state between calls.
/// </remarks>
public sealed class AutoregressiveSampler : ISampler
{
    private readonly IDenoiser _denoiser;
    private readonly AutoregressiveOptions _options;
    private readonly int? _contextLength;
    private readonly Device _device;

    /// <summary>Samples from a causal model that takes a cache; its raw logits at a place are for the token behind it.</summary>
    /// <param name="denoiser">The model; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the model reads; null if there is no limit.</param>
    /// <param name="device">Where the model computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public AutoregressiveSampler(IDenoiser denoiser, AutoregressiveOptions options, int? contextLength = null, Device? device = null)
    {
        options.Validate();
        options.ValidateTokens(denoiser.VocabularySize);
        (_denoiser, _options, _contextLength, _device) = (denoiser, options, contextLength, device ?? CPU);
    }

    /// <summary>Samples from a checkpoint's model, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public AutoregressiveSampler(Denoiser denoiser, AutoregressiveOptions options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device)
    {
    }

    /// <summary>A canvas as this sampler works on: prompts that end together, and room behind them.</summary>
    /// <param name="prompts">At least one prompt, as token ids.</param>
    /// <param name="newTokens">The tokens to write behind each prompt, at least 1.</param>
    /// <param name="paddingTokenId">The id around shorter rows and behind the end of a text.</param>
    /// <param name="emptyRowTokenId">The token that stands for an empty prompt, which the model cannot begin from; null refuses one.</param>
    /// <exception cref="DllmException">There is no prompt, or nothing to write.</exception>
    public Canvas CompletionCanvas(
        IReadOnlyList<IReadOnlyList<int>> prompts, int newTokens, int paddingTokenId, int? emptyRowTokenId = null)
    {
        var unwritten = _denoiser.VocabularySize; // such models have no mask: an id of no token marks what is to be written
        return Canvas.ForCompletion(prompts, newTokens, unwritten, paddingTokenId, emptyRowTokenId, CanvasLayout.Right);
    }

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        canvas.RequireRoom(_contextLength);
        return Run(canvas, FindStart(canvas), cancellation);
    }

    private IEnumerable<SampleStep> Run(Canvas canvas, int start, CancellationToken cancellation)
    {
        using var cache = new KvCache(canvas.Width);
        using var generators = new RowGenerators(_options.Seed ?? 0, canvas.Rows);
        var ends = EndOfText.ByRow(_options.EndTokenIds, _options.EndPieces);
        var rows = RowsToWrite(canvas);
        for (var column = start; rows.Length > 0; column++)
        {
            cancellation.ThrowIfCancellationRequested();
            var changes = Write(canvas, column, rows, cache, generators);
            canvas.Apply(changes);
            var padding = ends.FillStoppedRows(canvas, _ => true);
            var left = RowsToWrite(canvas);
            if (left.Length > 0 && left.Length < rows.Length)
                cache.SelectRows(Array.ConvertAll(left, row => Array.IndexOf(rows, row)));
            rows = left;
            yield return new SampleStep(
                column - start + 1, canvas.Width - start, Block: 0, Blocks: 1, [.. changes, .. padding], canvas.MasksLeft)
            {
                Padded = padding.Count,
            };
        }
    }

    /// <summary>One column: a forward over what the cache lacks, a choice, and one read-back.</summary>
    private CanvasChange[] Write(Canvas canvas, int column, int[] rows, KvCache cache, RowGenerators generators)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var logits = _denoiser.Forward(Input(canvas, column, rows, cache)); // [b, V]
        var tokens = Choose(logits, rows, generators); // [b]
        var confidences = logits.softmax(-1, float32).gather(-1, tokens.unsqueeze(-1)).squeeze(-1); // [b]
        var both = stack([tokens.to(float64), confidences.to(float64)]).cpu().data<double>().ToArray(); // [2, b]
        return [.. rows.Select((row, i) => new CanvasChange(row, column, (int)both[i], (float)both[rows.Length + i]))];
    }

    private DenoiserInput Input(Canvas canvas, int column, int[] rows, KvCache cache)
    {
        var (first, seen) = (cache.Length, new bool[rows.Length * column]);
        var tokens = column - first;
        var (ids, positions) = (new long[rows.Length * tokens], new long[rows.Length * tokens]);
        for (var i = 0; i < rows.Length; i++)
        {
            var offset = canvas.FirstColumn(rows[i]);
            for (var place = 0; place < column; place++) seen[i * column + place] = place >= offset;
            for (var place = first; place < column; place++)
            {
                ids[i * tokens + place - first] = canvas.Row(rows[i])[place];
                positions[i * tokens + place - first] = Math.Max(0, place - offset);
            }
        }

        var last = arange(1, rows.Length + 1, device: _device) * tokens - 1; // [b]: each row's last column
        var mask = Array.TrueForAll(seen, isSeen => isSeen) ? null : tensor(seen).view(rows.Length, column).to(_device); // [b, S]
        return new DenoiserInput(Place(ids), mask, Place(positions), last, Cache: cache);

        Tensor Place(long[] values) => tensor(values).view(rows.Length, tokens).to(_device); // [b, T]
    }

    private Tensor Choose(Tensor logits, int[] rows, RowGenerators generators)
    {
        if (!_options.IsRandom) return logits.argmax(-1);
        var filter = new LogitFilter
        {
            Temperature = _options.Temperature,
            TopK = _options.TopK,
            TopP = _options.TopP is < 1 ? _options.TopP : null,
        };
        var noise = stack(Array.ConvertAll(rows, row => ExponentialNoise.Draw([logits.size(-1)], generators[row]))).to(_device); // [b, V]
        return filter.Apply(logits.to(float32)).softmax(-1).div_(noise).argmax(-1);
    }

    /// <summary>The first column to write: the same in every row that is not complete.</summary>
    private static int FindStart(Canvas canvas)
    {
        if (!canvas.IsCompletion)
            throw new DllmException("an autoregressive model cannot fill gaps", "write behind prompts, or choose a diffusion model");
        var starts = RowsToWrite(canvas).Select(row => (Row: row, Start: Enumerable.Range(0, canvas.Width).First(column => canvas.IsMask(row, column)))).ToArray();
        if (starts.Any(item => item.Start != starts[0].Start))
            throw new DllmException("prompts of unequal length do not end together", "make the canvas with the sampler's CompletionCanvas");
        if (starts.Any(item => item.Start == canvas.FirstColumn(item.Row)))
            throw new DllmException("a prompt is empty", "begin it with the model's begin-of-sequence token");
        return starts.Length == 0 ? canvas.Width : starts[0].Start;
    }

    private static int[] RowsToWrite(Canvas canvas) =>
        [.. Enumerable.Range(0, canvas.Rows).Where(row => canvas.CountMasks(row, 0, canvas.Width) > 0)];
}
