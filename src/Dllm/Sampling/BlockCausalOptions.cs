namespace Dllm.Sampling;

/// <summary>What <see cref="Llada2Options"/> and <see cref="Llada21Options"/> share: blocks, filtered draws, the end of a text.</summary>
public abstract record BlockCausalOptions
{
    private protected BlockCausalOptions()
    {
    }

    /// <summary>Tokens of a block, at least 1: the one that the model was trained with. Blocks count from a row's first token.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>The randomness of the proposed tokens: 0 takes the most probable token, 1 draws from the model's distribution.</summary>
    public double Temperature { get; init; }

    /// <summary>
    /// Keeps the most probable tokens until their probabilities add up to this, above 0, at most 1; null keeps all. Behind
    /// <see cref="TopK"/>; without effect at temperature 0, as is that.
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>Keeps the most probable tokens, at least 1; null keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Commits all proposals for masks more probable than this, from 0 to 1.</summary>
    public double Threshold { get; init; } = 0.95;

    /// <summary>Stops a row when it has written one of <see cref="EndTokenIds"/> and nothing in front of it is masked or still edited.</summary>
    public bool EosEarlyStop { get; init; }

    /// <summary>Tokens that end a text; for <see cref="EosEarlyStop"/>.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>Keeps keys and values of finished blocks, which changes nothing but the work. Off for denoisers that take no cache.</summary>
    public bool UseCache { get; init; } = true;

    /// <summary>
    /// Does as the original where that falls short: an early stop leaves masks, of the block (LLaDA2) or of those behind it (LLaDA2.1), and
    /// masks that LLaDA2 proposed stay. By default rows stop by themselves and no mask stays.
    /// </summary>
    public bool AsOriginal { get; init; }

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Draws in the original's order, so that its seeded results are reproduced; slower.</summary>
    public bool ReferenceRng { get; init; }

    /// <summary>How rows lie on the canvas that the sampler works on.</summary>
    public CanvasLayout Layout => CanvasLayout.RowsInBlocks(BlockSize);

    /// <summary>The tokens at which rows stop.</summary>
    internal IReadOnlyList<int> Ends => EosEarlyStop ? EndTokenIds : [];

    /// <summary>Checks the options.</summary>
    /// <exception cref="DllmException">One is out of its range, or two contradict each other.</exception>
    public virtual void Validate()
    {
        OptionChecks.RequireAtLeastOne(BlockSize, "the block size");
        OptionChecks.RequireAtLeastOne(TopK, "top-k");
        OptionChecks.RequireTopP(TopP);
        OptionChecks.RequireFromZero(Temperature, "the temperature");
        OptionChecks.RequireProbability(Threshold, "the threshold");
    }

    /// <summary>Options that were set but change nothing beside the others, one sentence each; empty if all of them count.</summary>
    public virtual IReadOnlyList<string> FindUnused()
    {
        var unused = new List<string>();
        if (Temperature == 0 && TopP is not null) unused.Add("top-p has no effect at temperature 0");
        if (Temperature == 0 && TopK is not null) unused.Add("top-k has no effect at temperature 0");
        if (EosEarlyStop && EndTokenIds.Count == 0) unused.Add("the early stop has no effect without a token that ends a text");
        if (Seed is not null && Temperature == 0) unused.Add("the seed has no effect: nothing is drawn at random");
        if (ReferenceRng && Temperature == 0) unused.Add("the reference order of draws has no effect: nothing is drawn at random");
        return unused;
    }
}
