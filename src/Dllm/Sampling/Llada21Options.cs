namespace Dllm.Sampling;

/// <summary>How <see cref="Llada21Sampler"/> samples. Names and defaults are those of the original's LLaDA21SamplerConfig unless said otherwise.</summary>
public sealed record Llada21Options : BlockCausalOptions
{
    /// <summary>The new tokens where neither <see cref="MaxNewTokens"/> nor <see cref="MaxLength"/> is given.</summary>
    public const int DefaultNewTokens = 128;

    /// <summary>Tokens to write behind each prompt, at least 1; rounded up to the end of the last block. Null: see <see cref="MaxLength"/>.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of the longest prompt and its answer together; used where <see cref="MaxNewTokens"/> is null.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Replaces tokens written before in the block where another is more probable than this, from 0 to 1; 1 never does.</summary>
    public double EditingThreshold { get; init; } = 0.9;

    /// <summary>The most steps of a block behind its last mask, at least 0: they edit.</summary>
    public int MaxPostSteps { get; init; } = 16;

    /// <summary>Masks that a step fills at least, at least 1.</summary>
    public int NumToTransfer { get; init; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        OptionChecks.RequireAtLeastOne(MaxNewTokens, "new tokens");
        OptionChecks.RequireAtLeastOne(MaxLength, "the maximum length");
        OptionChecks.RequireAtLeastOne(NumToTransfer, "the tokens to transfer");
        OptionChecks.RequireFromZero(MaxPostSteps, "the number of editing steps");
        OptionChecks.RequireProbability(EditingThreshold, "the editing threshold");
    }

    /// <summary>The tokens to write behind prompts of which the longest has <paramref name="longestPrompt"/> tokens.</summary>
    /// <exception cref="DllmException">The prompt fills <see cref="MaxLength"/> already.</exception>
    public int NewTokens(int longestPrompt) => OptionChecks.NewTokens(longestPrompt, MaxNewTokens, MaxLength, DefaultNewTokens);

    /// <inheritdoc/>
    public override IReadOnlyList<string> FindUnused()
    {
        var unused = new List<string>();
        if (MaxLength is not null && MaxNewTokens is not null)
            unused.Add("the maximum length has no effect beside the number of new tokens");
        if (AsOriginal && !EosEarlyStop) unused.Add("doing as the original has no effect without an early stop");
        return [.. unused, .. base.FindUnused()];
    }
}
