using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// b rows predicted together, T columns of the longest, N places, V vocabulary.

/// <summary>
/// The sampler of Edit Flows (Havasi et al., 2025): from time 0 to 1, in steps of τ, tokens are replaced, deleted and inserted with the
/// rates that the model predicts, so that a text grows and shrinks while it is made. Follows the original's <c>EditFlowSampler</c>, for
/// batches and for infilling too: the text around the gaps stays, and gaps may change their length.
/// </summary>
/// <remarks>
/// With a model that does not read the time, a row is predicted again only after an edit: the steps up to it are drawn at once. Logits
/// are computed only where an edit falls. Insertions that the model's positions have no room for are left out.
/// </remarks>
public sealed class EditFlowSampler : ISampler
{
    private readonly IEditDenoiser _denoiser;
    private readonly EditFlowOptions _options;
    private readonly int? _contextLength;
    private readonly Device _device;

    /// <summary>Samples from an edit denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public EditFlowSampler(IEditDenoiser denoiser, EditFlowOptions options, int? contextLength = null, Device? device = null)
    {
        options.Validate();
        options.ValidateTokens(denoiser.VocabularySize);
        (_denoiser, _options, _contextLength, _device) = (denoiser, options, contextLength, device ?? CPU);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range, or the model has no Edit-Flow heads.</exception>
    public EditFlowSampler(Denoiser denoiser, EditFlowOptions options)
        : this(RequireHeads(denoiser), options, denoiser.MaxPositions, denoiser.Device)
    {
    }

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        canvas.RequireRoom(_contextLength);
        canvas.RequireKnownTokens(_denoiser.VocabularySize);
        for (var row = 0; row < canvas.Rows; row++)
        {
            if (canvas.Length(row) == 0)
                throw new DllmException($"row {row + 1} is empty", "begin every row with the tokenizer's begin-of-sequence token");
        }

        return Run(canvas, cancellation);
    }

    private static IEditDenoiser RequireHeads(Denoiser denoiser) => denoiser as IEditDenoiser ?? throw new DllmException(
        $"a model of type {denoiser.GetName()} has no Edit-Flow heads", "put them on with dllm convert editflow, or choose another sampler");

    private IEnumerable<SampleStep> Run(Canvas canvas, CancellationToken cancellation)
    {
        var times = _options.Times();
        using var generators = new RowGenerators(_options.Seed ?? 0, canvas.Rows);
        var pending = new PendingEdits[canvas.Rows]; // by row: its next edits; those of an earlier step are done
        for (var step = 0; step < times.Length; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            int[] stale = [.. Enumerable.Range(0, canvas.Rows).Where(row => step == 0 || pending[row].Step < step)];
            Plan(canvas, stale, times[step], generators, pending, (rates, row) => Leap(rates, times, step, generators[row]));
            yield return Commit(canvas, [.. pending.Where(edits => edits.Step == step)], step + 1, times.Length);
        }

        if (_options.AsOriginal || canvas.MasksLeft == 0) yield break;
        cancellation.ThrowIfCancellationRequested();
        int[] left = [.. Enumerable.Range(0, canvas.Rows).Where(row => canvas.CountMasks(row, 0, canvas.Width) > 0)];
        Plan(canvas, left, 1, generators, pending, (rates, row) => (times.Length, Remainder(canvas, row, rates)));
        yield return Commit(canvas, Array.ConvertAll(left, row => pending[row]), times.Length + 1, times.Length);
    }

    /// <summary>Predicts rows, decides on their next edits, and chooses the tokens that these write.</summary>
    private void Plan(
        Canvas canvas, int[] rows, double time, RowGenerators generators, PendingEdits[] pending,
        Func<RowEditRates, int, (int Step, RowEdits Edits)> decide)
    {
        if (rows.Length == 0) return;
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var width = rows.Max(canvas.Length);
        using var prediction = _denoiser.Predict(Input(canvas, rows, width), full(rows.Length, 1, time, float32, _device));
        var (substitution, deletion) = (Read(prediction.SubstitutionRates), Read(prediction.DeletionRates));
        var insertion = Read(prediction.InsertionRates);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            var columns = (i * width)..(i * width + canvas.Length(row));
            var rates = new RowEditRates(substitution[columns], deletion[columns], insertion[columns]);
            if (!_options.EditPrompt) rates.Protect(canvas, row);
            var (step, edits) = decide(rates, row);
            edits = edits.Within(_contextLength ?? int.MaxValue);
            pending[row] = new PendingEdits(row, step, edits, Choose(prediction, edits, i * width, generators[row], time < 1 ? null : canvas.MaskTokenId));
        }
    }

    /// <summary>Draws the steps of a row until one edits it, or until the model has to be asked again.</summary>
    private (int Step, RowEdits Edits) Leap(RowEditRates rates, double[] times, int step, Generator generator)
    {
        var last = _options.TimeIndependent ? times.Length - 1 : step;
        for (; ; step++)
        {
            using var time = tensor((float)times[step]);
            using var weight = _options.Kappa.Weight(time);
            var edits = TauLeap.Draw(rates, weight.ToSingle(), _options.Tau, generator);
            if (!edits.IsEmpty || step == last) return (step, edits);
        }
    }

    /// <summary>Replaces or deletes the masks of a row, whichever is faster.</summary>
    private static RowEdits Remainder(Canvas canvas, int row, RowEditRates rates)
    {
        int[] masks = [.. Enumerable.Range(0, rates.Length).Where(i => canvas.IsMask(row, canvas.FirstColumn(row) + i))];
        return new RowEdits(
            Array.FindAll(masks, i => rates.Substitution[i] >= rates.Deletion[i]),
            Array.FindAll(masks, i => rates.Substitution[i] < rates.Deletion[i]),
            [],
            [.. rates.Substitution.Select(_ => 1f)]);
    }

    private int[] Choose(EditPrediction prediction, RowEdits edits, int start, Generator generator, int? forbidden)
    {
        var parts = new List<Tensor>(2);
        if (edits.Substituted.Length > 0) parts.Add(prediction.SubstitutionLogits(Flat(edits.Substituted)));
        if (edits.Inserted.Length > 0) parts.Add(prediction.InsertionLogits(Flat(edits.Inserted)));
        if (parts.Count == 0) return [];
        var logits = cat(parts, 0); // [N, V]
        if (forbidden is int token) logits = SuppressedDenoiser.Suppress(logits, [token]);
        var filtered = Filter.Apply(logits);
        var choice = TokenChoices.Multinomial(_options.Temperature == 0, _options.ReferenceRng, generator);
        var noise = choice.DrawNoise(logits.size(0), _denoiser.VocabularySize)?.to(_device); // [N, V]
        return Array.ConvertAll(choice.Choose(filtered, noise).cpu().data<long>().ToArray(), id => (int)id);

        Tensor Flat(int[] places) => tensor(Array.ConvertAll(places, place => (long)start + place), device: _device);
    }

    private LogitFilter Filter => new() { Temperature = _options.Temperature == 0 ? 1 : _options.Temperature };

    private DenoiserInput Input(Canvas canvas, int[] rows, int width)
    {
        var ids = new long[rows.Length * width];
        var visible = new bool[ids.Length];
        Array.Fill(ids, canvas.PaddingTokenId);
        for (var i = 0; i < rows.Length; i++)
        {
            var tokens = canvas.Tokens(rows[i]);
            for (var place = 0; place < tokens.Length; place++) ids[i * width + place] = tokens[place];
            visible.AsSpan(i * width, tokens.Length).Fill(true);
        }

        var mask = Array.TrueForAll(visible, isToken => isToken) ? null : tensor(visible).view(rows.Length, width).to(_device); // [b, T]
        return new DenoiserInput(tensor(ids).view(rows.Length, width).to(_device), mask); // [b, T]
    }

    private static SampleStep Commit(Canvas canvas, PendingEdits[] edits, int step, int steps)
    {
        var changes = new List<CanvasChange>();
        var replacements = new List<RowReplacement>();
        foreach (var row in edits)
        {
            if (row.Edits.KeepsLength) changes.AddRange(row.Edits.Changes(row.Row, canvas.FirstColumn(row.Row), row.Tokens));
            else replacements.Add(row.Edits.Apply(row.Row, canvas.Tokens(row.Row), row.Tokens));
        }

        var result = new SampleStep(step, Math.Max(step, steps), 0, 1, changes, 0) { Replacements = replacements };
        canvas.Apply(result);
        return result with { MasksLeft = canvas.MasksLeft };
    }

    private static float[] Read(Tensor rates) => rates.to(float32).cpu().contiguous().data<float>().ToArray();

    private readonly record struct PendingEdits(int Row, int Step, RowEdits Edits, int[] Tokens);
}
