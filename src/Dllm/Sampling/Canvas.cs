namespace Dllm.Sampling;

/// <summary>
/// A batch of token rows with masks to be filled: given tokens, masks, and padding behind shorter rows. Completion (masks after
/// prompts) and infilling (masks anywhere) differ only in how a canvas is made, so one sampling loop serves both.
/// </summary>
/// <remarks>
/// A prompt never changes: a token in it that has the mask's id is a token as any other, in a completion. In an infilling it is a gap.
/// The blocks of a completion begin behind each row's prompt; a mask left over from an earlier block competes again in later ones.
/// The blocks of an infilling are the same columns in every row, and only masks of the current block compete. Both follow the original.
/// </remarks>
public sealed class Canvas
{
    private readonly int[] _starts; // by row: the column where its first block begins
    private readonly int[] _offsets; // by row: the padding in front
    private readonly int[] _lengths; // by row: tokens between padding
    private readonly int[] _asked; // by row: the tokens given and asked for; there are more where rows end with a whole block
    private readonly bool _isCompletion;
    private int[] _ids; // [Rows * Width], row by row
    private bool[] _given; // the same shape: tokens that were there from the start

    private Canvas(
        IReadOnlyList<IReadOnlyList<int>> rows, int maskTokenId, int paddingTokenId, int? newTokens, CanvasLayout layout,
        Func<int, int, bool>? isPrompt = null)
    {
        Rows = rows.Count;
        MaskTokenId = maskTokenId;
        PaddingTokenId = paddingTokenId;
        _isCompletion = newTokens is not null;
        _lengths = [.. rows.Select(row => newTokens is int more ? layout.CompletedLength(row.Count + more) : row.Count)];
        _asked = [.. rows.Select((row, i) => layout.WholeBlocks && newTokens is not null ? row.Count + newTokens.Value : int.MaxValue)];
        // Blocks of an infilling are counted from the first column; where padding stands in front, rows end together.
        (_offsets, Width) = layout.Place([.. rows.Select(row => _isCompletion || !layout.WholeBlocks ? row.Count : 0)], _lengths);
        _starts = [.. rows.Select((row, i) => _isCompletion ? _offsets[i] + row.Count : 0)];
        Span = newTokens ?? Width;
        _ids = new int[Rows * Width];
        Array.Fill(_ids, paddingTokenId);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < _lengths[row]; i++)
                _ids[row * Width + _offsets[row] + i] = i < rows[row].Count ? rows[row][i] : maskTokenId;
        }

        _given = new bool[_ids.Length];
        isPrompt ??= (row, place) => _isCompletion && place < rows[row].Count;
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < _lengths[row]; i++)
            {
                var at = row * Width + _offsets[row] + i;
                _given[at] = _ids[at] != maskTokenId || isPrompt(row, i);
            }
        }
    }

    private Canvas(Canvas other)
    {
        (Rows, Width, Span, MaskTokenId, PaddingTokenId) = (other.Rows, other.Width, other.Span, other.MaskTokenId, other.PaddingTokenId);
        (_starts, _offsets, _isCompletion) = (other._starts, other._offsets, other._isCompletion);
        (_ids, _given, _lengths, _asked) = ([.. other._ids], [.. other._given], [.. other._lengths], other._asked);
    }

    /// <summary>The number of rows (the batch size).</summary>
    public int Rows { get; }

    /// <summary>The number of columns: the longest row and the padding that stands in front of it.</summary>
    public int Width { get; private set; }

    /// <summary>The columns that blocks cut up: the new tokens of a completion, the whole width of an infilling.</summary>
    public int Span { get; }

    /// <summary>Whether text is written behind prompts, not into gaps.</summary>
    internal bool IsCompletion => _isCompletion;

    /// <summary>The id that marks what is to be filled.</summary>
    public int MaskTokenId { get; }

    /// <summary>The id behind shorter rows; not attended to.</summary>
    public int PaddingTokenId { get; }

    /// <summary>The masks on the canvas, all rows together; padding is none, even where a tokenizer has only the mask to pad with.</summary>
    public int MasksLeft => Enumerable.Range(0, Rows).Sum(row => CountMasks(row, FirstColumn(row), EndColumn(row)));

    /// <summary>Prompts, each followed by <paramref name="newTokens"/> masks; prompts may differ in length or be empty.</summary>
    /// <param name="prompts">At least one prompt, as token ids.</param>
    /// <param name="newTokens">The masks behind each prompt, at least 1.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="paddingTokenId">The id behind shorter rows: the end-of-sequence token in the original.</param>
    /// <param name="emptyRowTokenId">The token that stands for an empty prompt (shifted models need BOS); null leaves it empty.</param>
    /// <param name="layout">How rows of unequal length lie; null is <see cref="CanvasLayout.Left"/>.</param>
    /// <exception cref="DllmException">There is no prompt, or nothing to fill.</exception>
    public static Canvas ForCompletion(
        IReadOnlyList<IReadOnlyList<int>> prompts, int newTokens, int maskTokenId, int paddingTokenId, int? emptyRowTokenId = null,
        CanvasLayout? layout = null)
    {
        if (newTokens < 1) throw new DllmException($"{newTokens} new tokens were asked for", "ask for at least 1");
        return new Canvas(Checked(prompts, emptyRowTokenId), maskTokenId, paddingTokenId, newTokens, layout ?? CanvasLayout.Left);
    }

    /// <summary>
    /// Prompts that begin with <paramref name="firstTokenId"/>, which is put in front where it is missing, each followed by any number of
    /// masks, or none: for samplers that insert tokens.
    /// </summary>
    /// <param name="prompts">At least one prompt, as token ids; it may be empty.</param>
    /// <param name="masks">The masks behind each prompt, at least 0.</param>
    /// <param name="firstTokenId">The begin-of-sequence token.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="paddingTokenId">The id behind shorter rows.</param>
    /// <exception cref="DllmException">There is no prompt, or the number of masks is negative.</exception>
    public static Canvas ForEditing(
        IReadOnlyList<IReadOnlyList<int>> prompts, int masks, int firstTokenId, int maskTokenId, int paddingTokenId)
    {
        if (masks < 0) throw new DllmException($"{masks} masks were asked for", "ask for 0 or more");
        IReadOnlyList<int>[] rows = [.. prompts.Select(row => row.Count > 0 && row[0] == firstTokenId ? row : [firstTokenId, .. row])];
        return new Canvas(Checked(rows, null), maskTokenId, paddingTokenId, masks, CanvasLayout.Left);
    }

    /// <summary>A canvas of rows that hold mask tokens anywhere; rows may differ in length.</summary>
    /// <param name="rows">At least one row, as token ids; not all of them empty.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="paddingTokenId">The id behind shorter rows: the end-of-sequence token in the original.</param>
    /// <param name="emptyRowTokenId">The token that stands for an empty row; null leaves it empty.</param>
    /// <param name="layout">How rows of unequal length lie; null is <see cref="CanvasLayout.Left"/>.</param>
    /// <exception cref="DllmException">There is no row, all are empty, or none has a mask token.</exception>
    public static Canvas ForInfilling(
        IReadOnlyList<IReadOnlyList<int>> rows, int maskTokenId, int paddingTokenId, int? emptyRowTokenId = null,
        CanvasLayout? layout = null)
    {
        rows = Checked(rows, emptyRowTokenId);
        if (rows.All(row => row.Count == 0)) throw new DllmException("the text to fill in is empty", "give some text with mask tokens");
        if (rows.All(row => !row.Contains(maskTokenId))) throw new DllmException("there is no mask token to fill", "put the mask token where a token is to be written");
        return new Canvas(rows, maskTokenId, paddingTokenId, newTokens: null, layout ?? CanvasLayout.Left);
    }

    /// <summary>Rows of a text, a gap, and a text behind it; a mask's id in the texts is a token as any other.</summary>
    /// <param name="rows">At least one row: what stands in front of its gap, the masks of the gap, what stands behind it.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="paddingTokenId">The id behind shorter rows.</param>
    internal static Canvas ForGaps(
        IReadOnlyList<(IReadOnlyList<int> Before, int Masks, IReadOnlyList<int> Behind)> rows, int maskTokenId, int paddingTokenId)
    {
        IReadOnlyList<int>[] whole = [.. rows.Select(row => (int[])[.. row.Before, .. Enumerable.Repeat(maskTokenId, row.Masks), .. row.Behind])];
        return new Canvas(
            Checked(whole, null), maskTokenId, paddingTokenId, newTokens: null, CanvasLayout.Left,
            (row, place) => place < rows[row].Before.Count || place >= rows[row].Before.Count + rows[row].Masks);
    }

    /// <summary>The ids of a row, padding included.</summary>
    public ReadOnlySpan<int> Row(int row) => _ids.AsSpan(row * Width, Width);

    /// <summary>The number of tokens of a row, masks included and padding left out.</summary>
    public int Length(int row) => _lengths[row];

    /// <summary>The column of a row's first token.</summary>
    public int FirstColumn(int row) => _offsets[row];

    /// <summary>The column behind a row's last token.</summary>
    public int EndColumn(int row) => _offsets[row] + _lengths[row];

    /// <summary>A row's tokens, padding left out.</summary>
    public ReadOnlySpan<int> Tokens(int row) => Row(row)[FirstColumn(row)..EndColumn(row)];

    /// <summary>Whether a token was there from the start (neither a place to fill nor padding).</summary>
    public bool IsGiven(int row, int position) => _given[row * Width + position];

    /// <summary>Whether a place is still to be filled: it holds the mask, and is neither padding nor part of what was given.</summary>
    public bool IsMask(int row, int position) =>
        _ids[row * Width + position] == MaskTokenId && !_given[row * Width + position] && IsToken(row, position);

    /// <summary>Whether a column of a row holds a token or a mask: it does not lie in the padding around it.</summary>
    public bool IsToken(int row, int position) => position >= FirstColumn(row) && position < EndColumn(row);

    /// <summary>
    /// What stands where the row had masks at first: behind the prompt of a completion, in the gaps of an infilling. Masks not filled
    /// yet are among it; what was written beyond the tokens asked for, because a row ends with a whole block, is not.
    /// </summary>
    public int[] Written(int row)
    {
        var written = new List<int>();
        var end = Math.Min(EndColumn(row), (int)Math.Min((long)FirstColumn(row) + _asked[row], int.MaxValue));
        for (var position = Math.Max(_starts[row], FirstColumn(row)); position < end; position++)
        {
            if (!IsGiven(row, position)) written.Add(Row(row)[position]);
        }

        return [.. written];
    }

    /// <summary>Commits the changes of a step: rebuilds the history of a copy made before sampling.</summary>
    public void Apply(SampleStep step)
    {
        Apply(step.Changes);
        if (step.Replacements.Count > 0) Apply(step.Replacements);
    }

    /// <summary>An independent copy.</summary>
    public Canvas Copy() => new(this);

    /// <summary>Writes committed tokens.</summary>
    internal void Apply(IReadOnlyList<CanvasChange> changes)
    {
        foreach (var change in changes) _ids[change.Row * Width + change.Position] = change.Id;
    }

    /// <summary>Replaces rows whose length may change; the canvas becomes as wide as its longest row.</summary>
    internal void Apply(IReadOnlyList<RowReplacement> replacements)
    {
        var rows = Enumerable.Range(0, Rows).Select(row => (Ids: Tokens(row).ToArray(), Given: Given(row))).ToArray();
        foreach (var replacement in replacements)
        {
            var before = rows[replacement.Row];
            var given = replacement.Origins.Select((origin, i) =>
                origin >= 0 && before.Given[origin] && before.Ids[origin] == replacement.Ids[i]).ToArray();
            rows[replacement.Row] = ([.. replacement.Ids], given);
            _lengths[replacement.Row] = given.Length;
        }

        Width = Enumerable.Range(0, Rows).Max(EndColumn);
        (_ids, _given) = (new int[Rows * Width], new bool[Rows * Width]);
        Array.Fill(_ids, PaddingTokenId);
        for (var row = 0; row < Rows; row++)
        {
            rows[row].Ids.CopyTo(_ids, row * Width + FirstColumn(row));
            rows[row].Given.CopyTo(_given, row * Width + FirstColumn(row));
        }
    }

    /// <summary>Where block <paramref name="block"/> of each row lies.</summary>
    internal CanvasBlock[] BlockOfEachRow(int block, int blockSize)
    {
        var ranges = new CanvasBlock[Rows];
        for (var row = 0; row < Rows; row++)
        {
            var start = Math.Min(_starts[row] + block * blockSize, EndColumn(row));
            ranges[row] = new CanvasBlock(_isCompletion ? FirstColumn(row) : start, start, Math.Min(start + blockSize, EndColumn(row)));
        }

        return ranges;
    }

    /// <summary>
    /// The blocks of columns in which something is to be filled, from the first to the last, where blocks are counted from column 0 and
    /// are the same columns in every row.
    /// </summary>
    internal (int First, int Count) ColumnBlocks(int blockSize)
    {
        int[] masks = [.. Enumerable.Range(0, Width).Where(column => Enumerable.Range(0, Rows).Any(row => IsMask(row, column)))];
        if (masks.Length == 0) return (0, 0);
        var first = masks[0] / blockSize;
        return (first, masks[^1] / blockSize - first + 1);
    }

    /// <summary>A block of columns, cut off behind the end of a row.</summary>
    internal CanvasBlock[] ColumnBlock(int block, int blockSize)
    {
        var start = block * blockSize;
        return [.. Enumerable.Range(0, Rows)
            .Select(row => new CanvasBlock(start, start, Math.Max(start, Math.Min(start + blockSize, EndColumn(row)))))];
    }

    /// <summary>The same, where only masks of the block itself compete, in a completion too.</summary>
    internal CanvasBlock[] OwnBlockOfEachRow(int block, int blockSize) =>
        Array.ConvertAll(BlockOfEachRow(block, blockSize), range => range with { CandidatesStart = range.Start });

    /// <summary>The number of masks in columns [<paramref name="start"/>, <paramref name="end"/>) of a row, padding left out.</summary>
    internal int CountMasks(int row, int start, int end)
    {
        (start, end) = (Math.Max(start, FirstColumn(row)), Math.Min(end, EndColumn(row)));
        var masks = 0;
        for (var position = start; position < end; position++)
        {
            if (IsMask(row, position)) masks++;
        }

        return masks;
    }

    /// <summary>The number of masks in a block of a row.</summary>
    internal int CountMasks(int row, CanvasBlock block) => CountMasks(row, block.Start, block.End);

    /// <summary>Checks that a denoiser reads as many columns as there are; null: it has no limit.</summary>
    /// <exception cref="DllmException">The canvas is wider.</exception>
    internal void RequireRoom(int? contextLength)
    {
        if (!(Width > contextLength)) return;
        throw new DllmException(
            $"the prompt and what is to be written have {Width} tokens together, but the model reads at most {contextLength}",
            IsCompletion ? "shorten the prompt, or write less: a smaller max-new-tokens, mask-length or block-size" : "shorten the text, or write less");
    }

    /// <summary>Checks that every id on the canvas is in a vocabulary.</summary>
    /// <exception cref="DllmException">An id is negative or too large.</exception>
    internal void RequireKnownTokens(int vocabularySize)
    {
        var unknown = Array.FindIndex(_ids, id => id < 0 || id >= vocabularySize);
        if (unknown < 0 && MaskTokenId >= 0 && MaskTokenId < vocabularySize) return;
        throw new DllmException(
            unknown < 0
                ? $"the mask token {MaskTokenId} is not in the model's vocabulary of {vocabularySize}"
                : $"token {_ids[unknown]} of prompt {unknown / Width + 1} is not in the model's vocabulary of {vocabularySize}",
            "use the tokenizer that belongs to the model");
    }

    private bool[] Given(int row) => _given.AsSpan(row * Width + FirstColumn(row), Length(row)).ToArray();

    private static IReadOnlyList<IReadOnlyList<int>> Checked(IReadOnlyList<IReadOnlyList<int>> rows, int? emptyRowTokenId)
    {
        if (rows.Count == 0) throw new DllmException("there is nothing to sample from", "give at least one prompt");
        return emptyRowTokenId is int id ? [.. rows.Select(row => row.Count == 0 ? [id] : row)] : rows;
    }
}
