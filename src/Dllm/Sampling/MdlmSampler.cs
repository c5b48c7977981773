using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>
/// The sampler of masked diffusion (MDLM, LLaDA): block by block, each step proposes a token for every mask of the block, commits as
/// many as the noise schedule says (the most confident, or random ones) and leaves the others masked. Follows the original's
/// <c>MDLMSampler.sample</c> and <c>infill</c>, which are one loop here, on completion and infilling canvases.
/// </summary>
/// <remarks>
/// Equal to the original at temperature 0 in float32, and always with <see cref="MdlmSamplerOptions.ReferenceRng"/>; but logits are
/// computed only where a token can be committed, rows with nothing to commit are left out of a step's batch, and one read-back a
/// step brings tokens and confidences to the host. An instance keeps no state between calls.
/// </remarks>
public sealed class MdlmSampler : ISampler
{
    private readonly MaskPredictor _predictor;
    private readonly MdlmSamplerOptions _options;
    private readonly int? _contextLength;

    /// <summary>Samples from a denoiser of any kind.</summary>
    /// <param name="denoiser">The denoiser; not owned. Modules should be in evaluation mode.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="contextLength">The most columns that the denoiser reads; null if there is no limit.</param>
    /// <param name="device">Where the denoiser computes; null is the CPU.</param>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public MdlmSampler(IDenoiser denoiser, MdlmSamplerOptions options, int? contextLength = null, Device? device = null)
    {
        options.Validate();
        options.ValidateTokens(denoiser.VocabularySize);
        _options = options;
        _contextLength = contextLength;
        _predictor = new MaskPredictor(denoiser, options, device ?? CPU);
    }

    /// <summary>Samples from a checkpoint's denoiser, where it lies and within the positions it has.</summary>
    /// <exception cref="DllmException">An option is out of its range or names an unknown token.</exception>
    public MdlmSampler(Denoiser denoiser, MdlmSamplerOptions options)
        : this(denoiser, options, denoiser.MaxPositions, denoiser.Device)
    {
    }

    /// <inheritdoc/>
    public IEnumerable<SampleStep> Sample(Canvas canvas, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        if (canvas.Width > _contextLength)
        {
            throw new DllmException(
                $"the canvas has {canvas.Width} tokens, prompt and masks together, but the model reads at most {_contextLength}",
                "shorten the prompt or ask for fewer new tokens");
        }

        canvas.RequireKnownTokens(_predictor.VocabularySize);
        return Run(canvas, _options.BlockSizeFor(canvas.Span), cancellation);
    }

    private IEnumerable<SampleStep> Run(Canvas canvas, int blockSize, CancellationToken cancellation)
    {
        using var generator = new Generator((ulong)(_options.Seed ?? 0), CPU);
        var choice = _options.Temperature == 0 ? new GreedyChoice()
            : _options.ReferenceRng ? new GumbelChoice(_options.Temperature, generator)
            : (ITokenChoice)new CategoricalChoice(_options.Temperature, generator);
        var blocks = (canvas.Span + blockSize - 1) / blockSize;
        var schedule = new TransferSchedule(_options.Noise, (_options.Steps + blocks - 1) / blocks);
        var stepsBehind = StepsBehindEachBlock(canvas, blocks, blockSize, schedule);
        var step = 0;

        for (var block = 0; block < blocks; block++)
        {
            var ranges = canvas.BlockOfEachRow(block, blockSize);
            var plans = PlanEachRow(canvas, ranges, masks =>
                _options.StochasticTransfer ? schedule.Stochastic(masks, generator) : schedule.Deterministic(masks));
            var blockSteps = plans.Max(plan => plan.Length);
            var steps = step + blockSteps + stepsBehind[block];
            for (var i = 0; i < blockSteps; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var quotas = Array.ConvertAll(plans, plan => i < plan.Length ? plan[i] : 0);
                var changes = Commit(canvas, ranges, quotas, choice, generator);
                yield return new SampleStep(++step, steps, block, blocks, changes, canvas.MasksLeft);
            }
        }
    }

    /// <summary>One step: proposes tokens, chooses positions, writes the chosen ones to the canvas and returns them.</summary>
    private List<CanvasChange> Commit(Canvas canvas, CanvasBlock[] ranges, int[] quotas, ITokenChoice choice, Generator generator)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var noise = choice.DrawNoise((long)canvas.Rows * canvas.Width, _predictor.VocabularySize); // [B·T, V], before all other draws
        var cells = Candidates(canvas, ranges, quotas);
        int[] tokens;
        float[] scores;
        if (_options.Remasking == Remasking.Random)
        {
            // The scores do not depend on the model: choose first, then predict the chosen positions only.
            scores = DrawScores(canvas, cells, generator);
            var best = PositionSelection.Best(cells, scores, quotas, canvas.Width);
            (cells, scores) = (Array.ConvertAll(best, i => cells[i]), Array.ConvertAll(best, i => scores[i]));
            tokens = _predictor.Propose(canvas, cells, choice, noise);
        }
        else
        {
            (tokens, scores) = _predictor.ProposeWithConfidence(canvas, cells, choice, noise);
            var best = PositionSelection.Best(cells, scores, quotas, canvas.Width);
            (cells, scores) = (Array.ConvertAll(best, i => cells[i]), Array.ConvertAll(best, i => scores[i]));
            tokens = Array.ConvertAll(best, i => tokens[i]);
        }

        var changes = new List<CanvasChange>(cells.Length);
        for (var i = 0; i < cells.Length; i++)
        {
            // A proposed mask changes nothing, as in the original: it competes again while its block, or a later one, is filled.
            if (tokens[i] != canvas.MaskTokenId) changes.Add(new CanvasChange(cells[i].Row, cells[i].Position, tokens[i], scores[i]));
        }

        canvas.Apply(changes);
        return changes;
    }

    /// <summary>The masks that may be filled in this step, of the rows that have something to commit; by row, then position.</summary>
    private static CanvasCell[] Candidates(Canvas canvas, CanvasBlock[] ranges, int[] quotas)
    {
        var cells = new List<CanvasCell>();
        for (var row = 0; row < canvas.Rows; row++)
        {
            if (quotas[row] == 0) continue;
            for (var position = ranges[row].CandidatesStart; position < ranges[row].End; position++)
            {
                if (canvas.Row(row)[position] == canvas.MaskTokenId) cells.Add(new CanvasCell(row, position));
            }
        }

        return [.. cells];
    }

    /// <summary>Draws a score for each cell: in the reference order for every cell of the canvas, else for the candidates only.</summary>
    private float[] DrawScores(Canvas canvas, CanvasCell[] cells, Generator generator)
    {
        if (!_options.ReferenceRng) return rand(cells.Length, float32, generator: generator).data<float>().ToArray();
        var all = rand(canvas.Rows, canvas.Width, float32, generator: generator).data<float>().ToArray(); // [B, T]
        return Array.ConvertAll(cells, cell => all[cell.Row * canvas.Width + cell.Position]);
    }

    private static int[][] PlanEachRow(Canvas canvas, CanvasBlock[] ranges, Func<int, int[]> plan)
    {
        var plans = new int[canvas.Rows][];
        for (var row = 0; row < plans.Length; row++) plans[row] = plan(canvas.CountMasks(row, ranges[row].Start, ranges[row].End));
        return plans;
    }

    /// <summary>For each block, the steps that all later blocks will take, or may be expected to take if they are drawn.</summary>
    private static int[] StepsBehindEachBlock(Canvas canvas, int blocks, int blockSize, TransferSchedule schedule)
    {
        var behind = new int[blocks];
        for (var block = blocks - 1; block > 0; block--)
        {
            var plans = PlanEachRow(canvas, canvas.BlockOfEachRow(block, blockSize), schedule.Deterministic);
            behind[block - 1] = behind[block] + plans.Max(plan => plan.Length);
        }

        return behind;
    }
}
