using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

// b rows with something to commit, T columns, N candidates, V vocabulary.

/// <summary>
/// Proposes tokens for masks: one forward over the rows concerned, logits at the cells asked for only, and one read-back.
/// Call it within a dispose scope and without gradients.
/// </summary>
internal sealed class MaskPredictor
{
    private readonly IDenoiser _denoiser;
    private readonly MdlmSamplerOptions _options;
    private readonly Device _device;

    public MaskPredictor(IDenoiser denoiser, MdlmSamplerOptions options, Device device)
    {
        _denoiser = options.RightShiftLogits ? new RightShiftedDenoiser(denoiser) : denoiser;
        _options = options;
        _device = device;
    }

    public int VocabularySize => _denoiser.VocabularySize;

    /// <summary>Proposes a token for each cell.</summary>
    public int[] Propose(Canvas canvas, CanvasCell[] cells, ITokenChoice choice, Tensor? noise)
    {
        var (_, tokens) = Choose(canvas, cells, choice, noise);
        return Array.ConvertAll(tokens.cpu().data<long>().ToArray(), token => (int)token);
    }

    /// <summary>Proposes a token for each cell and tells its probability, in the unperturbed distribution.</summary>
    public (int[] Tokens, float[] Confidences) ProposeWithConfidence(Canvas canvas, CanvasCell[] cells, ITokenChoice choice, Tensor? noise)
    {
        var (logits, tokens) = Choose(canvas, cells, choice, noise);
        if (_options.BeginSuppressTokens.Count > 0) SuppressedDenoiser.Suppress(logits, _options.BeginSuppressTokens);
        // The softmax itself, not a log-sum-exp: positions that tie in the original have to tie here.
        var confidences = logits.softmax(-1, float32).gather(-1, tokens.unsqueeze(-1)).squeeze(-1); // [N]
        // Both in float64, which holds every token id and every float32: one transfer.
        var both = stack([tokens.to(float64), confidences.to(float64)]).cpu().data<double>().ToArray(); // [2, N]
        return (Array.ConvertAll(both[..cells.Length], token => (int)token), Array.ConvertAll(both[cells.Length..], c => (float)c));
    }

    private (Tensor Logits, Tensor Tokens) Choose(Canvas canvas, CanvasCell[] cells, ITokenChoice choice, Tensor? noise)
    {
        int[] rows = [.. cells.Select(cell => cell.Row).Distinct()]; // ascending, as the cells are
        var logits = Wrap(canvas, rows).Forward(Input(canvas, rows, cells)); // [N, V]
        var rowsOfNoise = noise?.index_select(0, Flat(cells, canvas.Width, row => row)).to(_device); // [N, V]
        return (logits, choice.Choose(logits, rowsOfNoise));
    }

    private DenoiserInput Input(Canvas canvas, int[] rows, CanvasCell[] cells)
    {
        var ids = new long[rows.Length * canvas.Width];
        var visible = new bool[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var (row, position) = (rows[i / canvas.Width], i % canvas.Width);
            ids[i] = canvas.Row(row)[position];
            visible[i] = position < canvas.Length(row);
        }

        var mask = Array.TrueForAll(visible, isVisible => isVisible) ? null : Place(tensor(visible), rows, canvas); // [b, T]
        var positions = Flat(cells, canvas.Width, row => Array.BinarySearch(rows, row)).to(_device); // [N]
        return new DenoiserInput(Place(tensor(ids), rows, canvas), mask, LogitPositions: positions);
    }

    private IDenoiser Wrap(Canvas canvas, int[] rows)
    {
        var wrapped = _denoiser;
        if (_options.CfgScale > 0) wrapped = new GuidedDenoiser(wrapped, _options.CfgScale, Given(canvas, rows), canvas.MaskTokenId);
        if (_options.SuppressTokens.Count > 0) wrapped = new SuppressedDenoiser(wrapped, _options.SuppressTokens);
        return wrapped;
    }

    /// <summary>The tokens that guidance hides: [b, T] bool.</summary>
    private Tensor Given(Canvas canvas, int[] rows)
    {
        var given = new bool[rows.Length * canvas.Width];
        for (var i = 0; i < given.Length; i++)
        {
            var (row, position) = (rows[i / canvas.Width], i % canvas.Width);
            given[i] = canvas.IsGiven(row, position) && !_options.CfgKeepTokens.Contains(canvas.Row(row)[position]);
        }

        return Place(tensor(given), rows, canvas);
    }

    private Tensor Place(Tensor values, int[] rows, Canvas canvas) => values.view(rows.Length, canvas.Width).to(_device);

    private static Tensor Flat(CanvasCell[] cells, int width, Func<int, int> rowIndex) =>
        tensor(Array.ConvertAll(cells, cell => (long)rowIndex(cell.Row) * width + cell.Position));
}
