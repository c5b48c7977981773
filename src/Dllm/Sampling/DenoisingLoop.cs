using static TorchSharp.torch;

namespace Dllm.Sampling;

// B rows, N cells with a proposal, V vocabulary.

/// <summary>
/// The one denoising loop. Block by block, each step predicts the cells that may change (<see cref="ICacheStrategy"/>), narrows their
/// distributions (<see cref="LogitFilter"/>), proposes a token for each (<see cref="ITokenChoice"/>), tells how sure the proposals are
/// (<see cref="IConfidence"/>), and commits what an <see cref="IUnmaskingPolicy"/> chooses. Samplers differ in these parts only.
/// </summary>
/// <param name="cache">What is computed anew at a step; disposed at the end of the run.</param>
/// <param name="choice">How tokens are chosen.</param>
/// <param name="policy">Which proposals are committed.</param>
internal sealed class DenoisingLoop(ICacheStrategy cache, ITokenChoice choice, IUnmaskingPolicy policy)
{
    private readonly HashSet<CanvasCell> _masksCommitted = [];

    /// <summary>The size of the vocabulary (V).</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The blocks, in the order of filling.</summary>
    public required BlockSequence Blocks { get; init; }

    /// <summary>How sure proposals are; null: a random number, drawn by <see cref="DrawScores"/>.</summary>
    public IConfidence? Confidence { get; init; }

    /// <summary>Draws random scores for a number of cells; used where <see cref="Confidence"/> is null.</summary>
    public Func<long, float[]>? DrawScores { get; init; }

    /// <summary>Whether scores are drawn for the cells in question only, not for every cell of the region.</summary>
    public bool DrawsScoresForCandidatesOnly { get; init; }

    /// <summary>Narrows the distributions; null leaves them.</summary>
    public LogitFilter? Filter { get; init; }

    /// <summary>Which cells the original draws noise for and tells equals apart in.</summary>
    public DrawRegion Region { get; init; }

    /// <summary>
    /// Whether equals are told apart among all columns of the region, padding included, as in the original: which of them is taken then depends
    /// on a row's neighbours.
    /// </summary>
    public bool TellsTiesByBatch { get; init; }

    /// <summary>How many columns to the left of a cell its noise was drawn for, where the original shifts what it has chosen.</summary>
    public int NoiseShift { get; init; }

    /// <summary>Whether committed tokens of the current block are proposed for again, so that a policy may edit them.</summary>
    public bool Edits { get; init; }

    /// <summary>Whether a mask that was proposed and committed is text as any other token, as in the original's RND1; else it competes again.</summary>
    public bool CommitsMasks { get; init; }

    /// <summary>How many steps running a row may propose only masks before that is forbidden it; see <see cref="AsOriginal"/>.</summary>
    public int StallsAllowed { get; init; }

    /// <summary>
    /// What <see cref="StallsAllowed"/> is where the original sets no bound: luck ends a stall much sooner, and where it cannot, this does.
    /// </summary>
    public const int AsOriginal = 1000;

    /// <summary>
    /// Whether nothing is predicted for the first column, which proposes the token there with certainty, as in the original's RND1.
    /// </summary>
    public bool FirstColumnStays { get; init; }

    /// <summary>Masks again what was written with little confidence; null never does.</summary>
    public LowConfidenceRemasking? Remasking { get; init; }

    /// <summary>When rows stop before their end.</summary>
    public EndOfText End { get; init; } = EndOfText.Never;

    /// <summary>
    /// Whether a row goes on to its next block when it is done with one, whatever the other rows do; else rows wait for each other. Needs a
    /// cache strategy by which rows may be in different blocks, and no rule of the end that goes by blocks.
    /// </summary>
    public bool RowsGoOn { get; init; }

    /// <summary>Whether masks that are left behind the last block, because the model proposed them, are filled in one step more.</summary>
    public bool FillsRemainder { get; init; }

    /// <summary>Fills the canvas; yields a step after each forward.</summary>
    public IEnumerable<SampleStep> Run(Canvas canvas, CancellationToken cancellation)
    {
        foreach (var step in Steps(canvas, cancellation)) yield return Take(step);
    }

    /// <summary>
    /// The steps of a run, each before its forward: who reads them predicts the cells of <see cref="Prepare"/> and hands the logits to
    /// <see cref="Complete"/> before asking for the next one.
    /// </summary>
    public IEnumerable<DenoisingStep> Steps(Canvas canvas, CancellationToken cancellation) =>
        RowsGoOn ? StepsOfEachRow(canvas, cancellation) : StepsTogether(canvas, cancellation);

    private IEnumerable<DenoisingStep> StepsTogether(Canvas canvas, CancellationToken cancellation)
    {
        using var ownCache = cache;
        var number = 0;
        for (var index = 0; index < Blocks.Count && !End.StopsBefore(canvas); index++)
        {
            var block = Blocks.At(canvas, index);
            var rows = Blocks.Begin(canvas, block);
            var stepsBehind = Blocks.StepsBehind(canvas, index);
            int[] places = [.. Enumerable.Repeat(index, canvas.Rows)];
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var active = Array.ConvertAll(rows, row => !row.IsDone(policy));
                if (!active.Contains(true)) break;
                if (RestsInStep(canvas, block, rows, active)) continue;
                yield return new DenoisingStep(
                    canvas, Blocks.Window(canvas, places, block, active), rows, active, ++number, index, stepsBehind)
                { Own = block };
                if (End.LeavesBlock(canvas, block)) break;
            }

            cache.EndBlock(canvas, block);
        }

        if (!FillsRemainder || canvas.MasksLeft == 0) yield break;
        cancellation.ThrowIfCancellationRequested();
        yield return Remainder(canvas, number + 1);
    }

    // One step over all masks left, in which none is proposed: its plan is all of them.
    private DenoisingStep Remainder(Canvas canvas, int number)
    {
        CanvasBlock[] whole =
        [
            .. Enumerable.Range(0, canvas.Rows)
                .Select(row => new CanvasBlock(canvas.FirstColumn(row), canvas.FirstColumn(row), canvas.EndColumn(row))),
        ];
        var masks = Array.ConvertAll(Enumerable.Range(0, canvas.Rows).ToArray(), row => canvas.CountMasks(row, whole[row]));
        var rows = Array.ConvertAll(masks, count => new RowProgress(count) { Plan = [count], ForbidsMasks = true });
        return new DenoisingStep(canvas, whole, rows, Array.ConvertAll(masks, count => count > 0), number, Blocks.Count - 1, StepsBehind: 0)
        {
            Own = whole,
        };
    }

    private IEnumerable<DenoisingStep> StepsOfEachRow(Canvas canvas, CancellationToken cancellation)
    {
        using var ownCache = cache;
        if (Blocks.Count == 0) yield break;
        var places = new int[canvas.Rows]; // by row, its block
        var block = Blocks.At(canvas, 0);
        var rows = Blocks.Begin(canvas, block);
        for (var number = 0; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var row = 0; row < rows.Length; row++)
            {
                while (rows[row].IsDone(policy) && places[row] < Blocks.Count - 1)
                {
                    block[row] = Blocks.At(canvas, ++places[row])[row];
                    if (!rows[row].IsStopped) rows[row] = Blocks.Begin(canvas, row, block[row]);
                }
            }

            var active = Array.ConvertAll(rows, row => !row.IsDone(policy));
            if (!active.Contains(true)) yield break;
            CanvasBlock[] own = [.. block];
            if (RestsInStep(canvas, own, rows, active)) continue;
            var first = places.Where((_, row) => active[row]).Min();
            var stepsBehind = Blocks.StepsBehind(canvas, first);
            yield return new DenoisingStep(
                canvas, Blocks.Window(canvas, places, own, active), rows, active, ++number, first, stepsBehind)
            { Own = own };
        }
    }

    /// <summary>
    /// What a step draws in front of its forward, and the cells that the forward is to predict. Call it in the step's dispose scope.
    /// </summary>
    public StepDemand Prepare(DenoisingStep step)
    {
        var (canvas, block, rows) = (step.Canvas, step.Block, step.Rows);
        var region = Region == DrawRegion.Block ? CanvasBlock.Span(block) : cache.Reads(canvas, block);
        var cells = Candidates(canvas, block, row => step.Active[row] && !policy.IsIdle(rows[row]));
        var noise = DrawNoise(canvas, block, rows, region, cells); // before all other draws
        if (Confidence is not null) return new StepDemand(cells, region, noise, null);
        // The scores do not depend on the model: choose first, then predict the chosen cells only.
        var scores = RandomScores(canvas, cells, region);
        var chosen = Choose(canvas, rows, cells, new int[cells.Length], scores, region);
        return new StepDemand(Pick(cells, chosen), region, noise?.Only(chosen), Pick(scores, chosen));
    }

    /// <summary>Proposes tokens, has the policy choose, and writes what it chose to the canvas.</summary>
    /// <param name="step">The step.</param>
    /// <param name="demand">What <see cref="Prepare"/> returned for it.</param>
    /// <param name="logits">The logits of its cells, [N, V], which may be changed here; null where there is none.</param>
    public SampleStep Complete(DenoisingStep step, StepDemand demand, Tensor? logits)
    {
        var (canvas, cells) = (step.Canvas, demand.Cells);
        var (tokens, scores) = logits is null ? ([], []) : Propose(canvas, step.Rows, demand, logits);
        if (demand.Scores is null)
        {
            var chosen = Choose(canvas, step.Rows, cells, tokens, scores, demand.Region);
            (cells, tokens, scores) = (Pick(cells, chosen), Pick(tokens, chosen), Pick(scores, chosen));
        }

        var (changes, padded) = Commit(canvas, step.Own, step.Rows, step.Active, cells, tokens, scores);
        var steps = step.Number + BlockSequence.StepsLeft(step.Rows, policy) + step.StepsBehind;
        return new SampleStep(step.Number, steps, step.BlockIndex, Blocks.Count, changes, canvas.MasksLeft) { Padded = padded };
    }

    /// <summary>Who reads for it, where its forwards can be shared with other runs; else null.</summary>
    public CanvasReader? SharedReader => (cache as ISharedStrategy)?.Reader;

    /// <summary>What a step that was prepared has read, by a loop with a <see cref="SharedReader"/>.</summary>
    public Reading Ask(DenoisingStep step, StepDemand demand) => ((ISharedStrategy)cache).Ask(step.Canvas, step.Block, demand.Cells);

    /// <summary>The logits of the cells of a step, from those of what it asked for, if anything; [N, V] both, suppressed already.</summary>
    public Tensor Answer(Tensor? logits) => ((ISharedStrategy)cache).Answer(logits);

    private SampleStep Take(DenoisingStep step)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var demand = Prepare(step);
        var logits = demand.Cells.Length == 0 ? null : cache.Predict(step.Canvas, step.Block, demand.Cells); // [N, V]
        return Complete(step, demand, logits);
    }

    // A step in which the plan has no row commit anything is left out; what the original draws in it is drawn.
    private bool RestsInStep(Canvas canvas, CanvasBlock[] block, RowProgress[] rows, bool[] active)
    {
        if (Enumerable.Range(0, rows.Length).Any(row => active[row] && !policy.IsIdle(rows[row]))) return false;
        using var scope = NewDisposeScope();
        DrawNoise(canvas, block, rows, cache.Reads(canvas, block), []);
        for (var row = 0; row < rows.Length; row++)
        {
            if (active[row]) rows[row].Advance(0, rows[row].Masks);
        }

        return true;
    }

    // The second list is that of the demand where scores do not depend on the model.
    private (int[] Tokens, float[] Scores) Propose(Canvas canvas, RowProgress[] rows, StepDemand demand, Tensor logits)
    {
        var cells = demand.Cells;
        ForbidMaskWhereStalled(logits, canvas, rows, cells);
        if (Filter is { IsNeutral: false }) logits = Filter.Apply(logits);
        var tokens = choice.Choose(logits, demand.Noise?.Values.index_select(0, tensor(demand.Noise.Rows)).to(logits.device)); // [N]
        if (Confidence is null) return (Array.ConvertAll(tokens.cpu().data<long>().ToArray(), token => (int)token), demand.Scores!);
        var (ids, scores) = Together(tokens, Confidence.Score(logits, tokens));
        for (var i = 0; FirstColumnStays && i < cells.Length; i++)
        {
            if (cells[i].Position == 0) (ids[i], scores[i]) = (canvas.Row(cells[i].Row)[0], 0);
        }

        return (ids, scores);
    }

    private static (int[] Tokens, float[] Scores) Together(Tensor tokens, Tensor scores)
    {
        // Both in float64, which holds every token id and every float32: one transfer.
        var both = stack([tokens.to(float64), scores.to(float64)]).cpu().data<double>().ToArray(); // [2, N]
        var half = both.Length / 2;
        return (Array.ConvertAll(both[..half], token => (int)token), Array.ConvertAll(both[half..], score => (float)score));
    }

    /// <summary>The indices of the proposals that the policy commits.</summary>
    private int[] Choose(Canvas canvas, RowProgress[] rows, CanvasCell[] cells, int[] tokens, float[] scores, Columns region)
    {
        var chosen = new List<int>();
        for (var first = 0; first < cells.Length;)
        {
            var behind = first + 1;
            while (behind < cells.Length && cells[behind].Row == cells[first].Row) behind++;
            var part = cells[first..behind];
            int[] current = [.. part.Select(cell => canvas.Row(cell.Row)[cell.Position])];
            var proposals = new RowProposals(
                rows[part[0].Row], current, part, tokens[first..behind], scores[first..behind], canvas.MaskTokenId, region,
                TellsTiesByBatch ? region : region.Within(canvas.FirstColumn(part[0].Row), canvas.EndColumn(part[0].Row)));
            chosen.AddRange(policy.Choose(proposals).Select(i => first + i));
            first = behind;
        }

        return [.. chosen];
    }

    private (List<CanvasChange> Changes, int Padded) Commit(
        Canvas canvas, CanvasBlock[] block, RowProgress[] rows, bool[] active, CanvasCell[] cells, int[] tokens, float[] scores)
    {
        var changes = new List<CanvasChange>(cells.Length);
        for (var i = 0; i < cells.Length; i++)
        {
            // A proposed mask changes nothing, as in the original: it competes again while its block, or a later one, is filled.
            var isEdit = !canvas.IsMask(cells[i].Row, cells[i].Position);
            if (isEdit || tokens[i] != canvas.MaskTokenId)
                changes.Add(new CanvasChange(cells[i].Row, cells[i].Position, tokens[i], scores[i]));
            else if (CommitsMasks) _masksCommitted.Add(cells[i]);
        }

        canvas.Apply(changes);
        if (Remasking is not null) changes = MaskAgain(Remasking, canvas, block, rows, active, changes);
        for (var row = 0; row < rows.Length; row++)
        {
            if (active[row]) rows[row].Advance(changes.Count(change => change.Row == row), canvas.CountMasks(row, block[row]));
        }

        var rest = End.FillStoppedRows(canvas, row => !Edits || policy.IsDone(rows[row]));
        if (rest.Count == 0) return (changes, 0);
        foreach (var row in rest.Select(change => change.Row).Distinct()) rows[row].Stop();
        return ([.. changes.Concat(rest).OrderBy(change => (change.Row, change.Position))], rest.Count);
    }

    /// <summary>The changes of a step, and those by which older tokens were masked again.</summary>
    private static List<CanvasChange> MaskAgain(
        LowConfidenceRemasking remasking, Canvas canvas, CanvasBlock[] block, RowProgress[] rows, bool[] active, List<CanvasChange> changes)
    {
        CanvasChange[] again =
        [
            .. Enumerable.Range(0, rows.Length).Where(row => active[row])
                .SelectMany(row => remasking.Choose(canvas, block[row], row, rows[row], changes)),
        ];
        canvas.Apply(again);
        return [.. changes.Concat(again).OrderBy(change => (change.Row, change.Position))];
    }

    /// <summary>The cells that may change in this step, of the rows in question; by row, then position.</summary>
    private CanvasCell[] Candidates(Canvas canvas, CanvasBlock[] block, Func<int, bool> isConcerned)
    {
        var cells = new List<CanvasCell>();
        for (var row = 0; row < canvas.Rows; row++)
        {
            if (!isConcerned(row)) continue;
            var first = Math.Max(block[row].CandidatesStart, canvas.FirstColumn(row));
            for (var position = first; position < block[row].End; position++)
            {
                var isMask = canvas.IsMask(row, position);
                if (isMask && CommitsMasks && _masksCommitted.Contains(new CanvasCell(row, position))) continue;
                if (isMask || (Edits && !canvas.IsGiven(row, position))) cells.Add(new CanvasCell(row, position));
            }
        }

        return [.. cells];
    }

    private DrawnNoise? DrawNoise(Canvas canvas, CanvasBlock[] block, RowProgress[] rows, Columns region, CanvasCell[] cells)
    {
        var isFirst = Array.TrueForAll(rows, row => row.Steps == 0);
        if (Region is DrawRegion.Read or DrawRegion.Block || (Region == DrawRegion.AllReadThenMasks && isFirst))
        {
            var drawn = choice.DrawNoise((long)canvas.Rows * region.Count, VocabularySize); // [B·Q, V]
            if (drawn is null) return null;
            var drawnFor = Array.ConvertAll(cells, cell => cell with { Position = Math.Max(cell.Position - NoiseShift, region.Start) });
            return new DrawnNoise(drawn, Flat(drawnFor, region));
        }

        var masks = Candidates(canvas, block, _ => true);
        var values = choice.DrawNoise(masks.Length, VocabularySize);
        if (values is null) return null;
        var places = masks.Select((cell, i) => (cell, i)).ToDictionary(pair => pair.cell, pair => (long)pair.i);
        return new DrawnNoise(values, Array.ConvertAll(cells, cell => places[cell]));
    }

    private float[] RandomScores(Canvas canvas, CanvasCell[] cells, Columns region)
    {
        if (DrawsScoresForCandidatesOnly) return DrawScores!(cells.Length);
        var all = DrawScores!((long)canvas.Rows * region.Count);
        return Array.ConvertAll(Flat(cells, region), i => all[i]);
    }

    // Without a plan that ends, a row that proposes masks again and again would never end.
    private void ForbidMaskWhereStalled(Tensor logits, Canvas canvas, RowProgress[] rows, CanvasCell[] cells)
    {
        bool IsForbidden(RowProgress row) => row.ForbidsMasks || row.Stalls > StallsAllowed;
        long[] stalled = [.. Enumerable.Range(0, cells.Length).Where(i => IsForbidden(rows[cells[i].Row])).Select(i => (long)i)];
        if (stalled.Length == 0) return;
        using var never = full([], double.NegativeInfinity, logits.dtype, logits.device); // a number alone would be float32 and fit nothing else
        logits[tensor(stalled, device: logits.device), canvas.MaskTokenId] = never;
    }

    private static long[] Flat(CanvasCell[] cells, Columns region) =>
        Array.ConvertAll(cells, cell => (long)cell.Row * region.Count + cell.Position - region.Start);

    private static T[] Pick<T>(T[] values, int[] indices) => Array.ConvertAll(indices, i => values[i]);
}

/// <summary>The cells for which the original draws noise and among which it tells equal scores apart.</summary>
internal enum DrawRegion
{
    /// <summary>All columns that the denoiser reads in the step, of every row.</summary>
    Read,

    /// <summary>The columns of the block, of every row.</summary>
    Block,

    /// <summary>Noise for the masks of the block only; equals are told apart among all columns read.</summary>
    Masks,

    /// <summary>In the first step of a block as <see cref="Read"/>, in later ones as <see cref="Masks"/>.</summary>
    AllReadThenMasks,
}
