namespace Dllm.Sampling;

/// <summary>How <see cref="Rnd1Sampler"/> samples. Names and defaults are those of the original's diffusion_sample unless said otherwise.</summary>
public sealed record Rnd1Options
{
    /// <summary>The tokens of prompt and answer together where neither length is given.</summary>
    public const int DefaultLength = 256;

    /// <summary>Denoising steps, at least 1; more steps than masks cost nothing.</summary>
    public int Steps { get; init; } = 256;

    /// <summary>Tokens to write behind each prompt, at least 1; the last of them is the end token. Null: what <see cref="MaxLength"/> leaves.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of the longest prompt and its answer together; used where <see cref="MaxNewTokens"/> is null. Null: 256.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Takes the most probable token; else draws from the distribution.</summary>
    public bool Greedy { get; init; } = true;

    /// <summary>Divides the logits, at least 0; entropies, by which positions are chosen, come behind it, also where tokens are not drawn.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the most probable tokens, at least 1; null keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Keeps the most probable tokens until their probabilities add up to this, above 0, at most 1; null keeps all. Behind top-k.</summary>
    public double? TopP { get; init; }

    /// <summary>
    /// Does as the original where that falls short: positions whose distribution was filtered have no entropy and stay to the end, and the
    /// mask may be proposed. By default neither happens.
    /// </summary>
    public bool AsOriginal { get; init; }

    /// <summary>The seed of all draws: the same seed gives the same text. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Draws in the original's order, so that its seeded results are reproduced; slower.</summary>
    public bool ReferenceRng { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="DllmException">One is out of its range.</exception>
    public void Validate()
    {
        OptionChecks.RequireAtLeastOne(Steps, "steps");
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(MaxLength, "the maximum length");
        OptionChecks.RequireAtLeastOne(TopK, "top-k");
        OptionChecks.RequireTopP(TopP);
        OptionChecks.RequireFromZero(Temperature, "the temperature");
    }

    /// <summary>The tokens to write behind prompts of which the longest has <paramref name="longestPrompt"/> tokens.</summary>
    /// <exception cref="DllmException">The prompt fills the maximum length already.</exception>
    public int NewTokens(int longestPrompt) => OptionChecks.NewTokens(longestPrompt, MaxNewTokens, MaxLength ?? DefaultLength, DefaultLength);

    /// <summary>Options that were set but change nothing beside the others, one sentence each; empty if all of them count.</summary>
    public IReadOnlyList<string> FindUnused()
    {
        var unused = new List<string>();
        if (MaxLength is not null && MaxNewTokens is not null)
            unused.Add("the maximum length has no effect beside the number of new tokens");
        var isRandom = !Greedy && Temperature > 0;
        if (Seed is not null && !isRandom) unused.Add("the seed has no effect: nothing is drawn at random");
        if (ReferenceRng && !isRandom) unused.Add("the reference order of draws has no effect: nothing is drawn at random");
        return unused;
    }
}
