namespace Dllm.Sampling;

/// <summary>
/// A batch of token rows with masks to be filled: given tokens, masks, and padding behind shorter rows. Completion (masks after
/// prompts) and infilling (masks anywhere) differ only in how a canvas is made, so one sampling loop serves both.
/// </summary>
/// <remarks>
/// The blocks of a completion begin behind each row's prompt; a mask left over from an earlier block competes again in later ones.
/// The blocks of an infilling are the same columns in every row, and only masks of the current block compete. Both follow the original.
/// </remarks>
public sealed class Canvas
{
    private readonly int[] _ids; // [Rows * Width], row by row
    private readonly bool[] _given; // the same shape: tokens that were there from the start
    private readonly int[] _starts; // by row: where its first block begins
    private readonly int[] _lengths; // by row: tokens before the padding
    private readonly bool _isCompletion;

    private Canvas(IReadOnlyList<IReadOnlyList<int>> rows, int maskTokenId, int paddingTokenId, int? newTokens)
    {
        Rows = rows.Count;
        MaskTokenId = maskTokenId;
        PaddingTokenId = paddingTokenId;
        _isCompletion = newTokens is not null;
        _starts = [.. rows.Select(row => _isCompletion ? row.Count : 0)];
        _lengths = [.. rows.Select(row => row.Count + (newTokens ?? 0))];
        Width = _lengths.Max();
        Span = newTokens ?? Width;
        _ids = new int[Rows * Width];
        Array.Fill(_ids, paddingTokenId);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < _lengths[row]; i++) _ids[row * Width + i] = i < rows[row].Count ? rows[row][i] : maskTokenId;
        }

        _given = new bool[_ids.Length];
        for (var i = 0; i < _ids.Length; i++) _given[i] = i % Width < _lengths[i / Width] && _ids[i] != maskTokenId;
    }

    private Canvas(Canvas other)
    {
        (Rows, Width, Span, MaskTokenId, PaddingTokenId) = (other.Rows, other.Width, other.Span, other.MaskTokenId, other.PaddingTokenId);
        (_given, _starts, _lengths, _isCompletion) = (other._given, other._starts, other._lengths, other._isCompletion);
        _ids = [.. other._ids];
    }

    /// <summary>The number of rows (the batch size).</summary>
    public int Rows { get; }

    /// <summary>The number of columns: the longest row.</summary>
    public int Width { get; }

    /// <summary>The columns that blocks cut up: the new tokens of a completion, the whole width of an infilling.</summary>
    public int Span { get; }

    /// <summary>The id that marks what is to be filled.</summary>
    public int MaskTokenId { get; }

    /// <summary>The id behind shorter rows; not attended to.</summary>
    public int PaddingTokenId { get; }

    /// <summary>The masks on the canvas, all rows together; padding is none, even where a tokenizer has only the mask to pad with.</summary>
    public int MasksLeft => Enumerable.Range(0, Rows).Sum(row => CountMasks(row, 0, _lengths[row]));

    /// <summary>Prompts, each followed by <paramref name="newTokens"/> masks; prompts may differ in length or be empty.</summary>
    /// <param name="prompts">At least one prompt, as token ids.</param>
    /// <param name="newTokens">The masks behind each prompt, at least 1.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="paddingTokenId">The id behind shorter rows: the end-of-sequence token in the original.</param>
    /// <param name="emptyRowTokenId">The token that stands for an empty prompt (shifted models need BOS); null leaves it empty.</param>
    /// <exception cref="DllmException">There is no prompt, or nothing to fill.</exception>
    public static Canvas ForCompletion(
        IReadOnlyList<IReadOnlyList<int>> prompts, int newTokens, int maskTokenId, int paddingTokenId, int? emptyRowTokenId = null)
    {
        if (newTokens < 1) throw new DllmException($"{newTokens} new tokens were asked for", "ask for at least 1");
        return new Canvas(Checked(prompts, emptyRowTokenId), maskTokenId, paddingTokenId, newTokens);
    }

    /// <summary>A canvas of rows that hold mask tokens anywhere; rows may differ in length.</summary>
    /// <param name="rows">At least one row, as token ids; not all of them empty.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="paddingTokenId">The id behind shorter rows: the end-of-sequence token in the original.</param>
    /// <param name="emptyRowTokenId">The token that stands for an empty row; null leaves it empty.</param>
    /// <exception cref="DllmException">There is no row, or all are empty.</exception>
    public static Canvas ForInfilling(
        IReadOnlyList<IReadOnlyList<int>> rows, int maskTokenId, int paddingTokenId, int? emptyRowTokenId = null)
    {
        rows = Checked(rows, emptyRowTokenId);
        if (rows.All(row => row.Count == 0)) throw new DllmException("the text to fill in is empty", "give some text with mask tokens");
        return new Canvas(rows, maskTokenId, paddingTokenId, newTokens: null);
    }

    /// <summary>The ids of a row, padding included.</summary>
    public ReadOnlySpan<int> Row(int row) => _ids.AsSpan(row * Width, Width);

    /// <summary>The tokens of a row before the padding.</summary>
    public int Length(int row) => _lengths[row];

    /// <summary>Whether a token was there from the start (neither mask nor padding).</summary>
    public bool IsGiven(int row, int position) => _given[row * Width + position];

    /// <summary>
    /// What stands where the row had masks at first: behind the prompt of a completion, in the gaps of an infilling. Masks not filled
    /// yet are among it.
    /// </summary>
    public int[] Written(int row)
    {
        var written = new List<int>();
        for (var position = _starts[row]; position < _lengths[row]; position++)
        {
            if (!IsGiven(row, position)) written.Add(Row(row)[position]);
        }

        return [.. written];
    }

    /// <summary>Commits the changes of a step: rebuilds the history of a copy made before sampling.</summary>
    public void Apply(SampleStep step) => Apply(step.Changes);

    /// <summary>An independent copy.</summary>
    public Canvas Copy() => new(this);

    /// <summary>Writes committed tokens.</summary>
    internal void Apply(IReadOnlyList<CanvasChange> changes)
    {
        foreach (var change in changes) _ids[change.Row * Width + change.Position] = change.Id;
    }

    /// <summary>Where block <paramref name="block"/> of each row lies.</summary>
    internal CanvasBlock[] BlockOfEachRow(int block, int blockSize)
    {
        var ranges = new CanvasBlock[Rows];
        for (var row = 0; row < Rows; row++)
        {
            var start = Math.Min(_starts[row] + block * blockSize, _lengths[row]);
            ranges[row] = new CanvasBlock(_isCompletion ? 0 : start, start, Math.Min(start + blockSize, _lengths[row]));
        }

        return ranges;
    }

    /// <summary>The number of masks in columns [<paramref name="start"/>, <paramref name="end"/>) of a row.</summary>
    internal int CountMasks(int row, int start, int end) => Row(row)[start..end].Count(MaskTokenId);

    /// <summary>Checks that every id on the canvas is in a vocabulary.</summary>
    /// <exception cref="DllmException">An id is negative or too large.</exception>
    internal void RequireKnownTokens(int vocabularySize)
    {
        var unknown = Array.FindIndex(_ids, id => id < 0 || id >= vocabularySize);
        if (unknown < 0 && MaskTokenId >= 0 && MaskTokenId < vocabularySize) return;
        throw new DllmException(
            unknown < 0
                ? $"the mask token {MaskTokenId} is not in the model's vocabulary of {vocabularySize}"
                : $"token {_ids[unknown]} in row {unknown / Width}, column {unknown % Width} is not in the vocabulary of {vocabularySize}",
            "use the tokenizer that belongs to the model");
    }

    private static IReadOnlyList<IReadOnlyList<int>> Checked(IReadOnlyList<IReadOnlyList<int>> rows, int? emptyRowTokenId)
    {
        if (rows.Count == 0) throw new DllmException("there is nothing to sample from", "give at least one prompt");
        return emptyRowTokenId is int id ? [.. rows.Select(row => row.Count == 0 ? [id] : row)] : rows;
    }
}
