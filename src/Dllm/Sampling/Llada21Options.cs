namespace Dllm.Sampling;

/// <summary>How <see cref="Llada21Sampler"/> samples. Names and defaults are those of the original's LLaDA21SamplerConfig unless said otherwise.</summary>
public sealed record Llada21Options
{
    /// <summary>The new tokens where neither <see cref="MaxNewTokens"/> nor <see cref="MaxLength"/> is given.</summary>
    public const int DefaultNewTokens = 128;

    /// <summary>Tokens to write behind each prompt, at least 1; rounded up to the end of the last block. Null: see <see cref="MaxLength"/>.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of the longest prompt and its answer together; used where <see cref="MaxNewTokens"/> is null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Tokens of a block, at least 1: the one that the model was trained with. Blocks count from a row's first token.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>The randomness of the proposed tokens: 0 takes the most probable token, 1 draws from the model's distribution.</summary>
    public double Temperature { get; init; }

    /// <summary>Keeps the most probable tokens until their probabilities add up to this, above 0, at most 1; without effect at temperature 0.</summary>
    public double? TopP { get; init; }

    /// <summary>Keeps the most probable tokens, at least 1; before <see cref="TopP"/>; without effect at temperature 0.</summary>
    public int? TopK { get; init; }

    /// <summary>Commits all proposals for masks more probable than this, from 0 to 1.</summary>
    public double Threshold { get; init; } = 0.95;

    /// <summary>Replaces tokens written before in the block where another is more probable than this, from 0 to 1; 1 never does.</summary>
    public double EditingThreshold { get; init; } = 0.9;

    /// <summary>The most steps of a block behind its last mask, at least 0: they edit.</summary>
    public int MaxPostSteps { get; init; } = 16;

    /// <summary>Masks that a step fills at least, at least 1.</summary>
    public int NumToTransfer { get; init; } = 1;

    /// <summary>Stops a row when a finished block holds one of <see cref="EndTokenIds"/>.</summary>
    public bool EosEarlyStop { get; init; }

    /// <summary>Tokens that end a text; for <see cref="EosEarlyStop"/>.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>Keeps keys and values of finished blocks, which changes nothing but the work. Off for denoisers that take no cache.</summary>
    public bool UseCache { get; init; } = true;

    /// <summary>Does as the original where that falls short: an early stop leaves the masks of later blocks. By default no mask stays.</summary>
    public bool AsOriginal { get; init; }

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Draws in the original's order, so that its seeded results are reproduced; slower.</summary>
    public bool ReferenceRng { get; init; }

    /// <summary>How rows lie on the canvas that the sampler works on.</summary>
    public CanvasLayout Layout => CanvasLayout.RowsInBlocks(BlockSize);

    /// <summary>Checks the options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public void Validate()
    {
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(MaxLength, "the maximum length");
        OptionChecks.RequireAtLeastOne(BlockSize, "the block size");
        OptionChecks.RequireAtLeastOne(NumToTransfer, "the tokens to transfer");
        OptionChecks.RequireAtLeastOne(TopK, "top-k");
        OptionChecks.RequireTopP(TopP);
        OptionChecks.RequireFromZero(Temperature, "the temperature");
        OptionChecks.RequireFromZero(MaxPostSteps, "the number of editing steps");
        OptionChecks.RequireProbability(Threshold, "the threshold");
        OptionChecks.RequireProbability(EditingThreshold, "the editing threshold");
    }

    /// <summary>The tokens to write behind prompts of which the longest has <paramref name="longestPrompt"/> tokens.</summary>
    /// <exception cref="DllmException">The prompt fills <see cref="MaxLength"/> already.</exception>
    public int NewTokens(int longestPrompt) => OptionChecks.NewTokens(longestPrompt, MaxNewTokens, MaxLength, DefaultNewTokens);

    /// <summary>Options that were set but change nothing beside the others, one sentence each; empty if all of them count.</summary>
    public IReadOnlyList<string> FindUnused()
    {
        var unused = new List<string>();
        if (MaxLength is not null && MaxNewTokens is not null)
            unused.Add("the maximum length has no effect beside the number of new tokens");
        if (Temperature == 0 && TopP is not null) unused.Add("top-p has no effect at temperature 0");
        if (Temperature == 0 && TopK is not null) unused.Add("top-k has no effect at temperature 0");
        if (EosEarlyStop && EndTokenIds.Count == 0) unused.Add("the early stop has no effect without a token that ends a text");
        if (AsOriginal && !EosEarlyStop) unused.Add("doing as the original has no effect without an early stop");
        if (Seed is not null && Temperature == 0) unused.Add("the seed has no effect: nothing is drawn at random");
        if (ReferenceRng && Temperature == 0) unused.Add("the reference order of draws has no effect: nothing is drawn at random");
        return unused;
    }
}
