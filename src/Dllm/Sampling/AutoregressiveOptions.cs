namespace Dllm.Sampling;

/// <summary>How <see cref="AutoregressiveSampler"/> samples.</summary>
public sealed record AutoregressiveOptions
{
    /// <summary>The randomness of the tokens: 0 takes the most probable token, 1 draws from the model's distribution.</summary>
    public double Temperature { get; init; }

    /// <summary>Draws from the most probable tokens only, at least 1; null draws from all.</summary>
    public int? TopK { get; init; }

    /// <summary>Draws from the most probable tokens whose probabilities add up to this, in (0, 1]; null draws from all.</summary>
    public double? TopP { get; init; }

    /// <summary>Tokens that end a row; padding follows them. None: rows are written to their end.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>The seed of all draws: the same seed gives the same text, whatever rows are beside a row. Null is 0.</summary>
    public long? Seed { get; init; }

    /// <summary>Whether nothing is drawn at random.</summary>
    internal bool IsGreedy => Temperature == 0;

    /// <summary>Checks every range.</summary>
    /// <exception cref="DllmException">An option is out of its range.</exception>
    public void Validate()
    {
        OptionChecks.RequireFromZero(Temperature, "the temperature");
        OptionChecks.RequireAtLeastOne(TopK, "top-k");
        if (TopP is <= 0 or > 1 or double.NaN)
            throw new DllmException($"top-p is {TopP}, but must be above 0 and at most 1", "leave it out to draw from all tokens");
    }

    /// <summary>Options that were set but change nothing beside the others, one sentence each; empty if all of them count.</summary>
    public IReadOnlyList<string> FindUnused()
    {
        var unused = new List<string>();
        if (IsGreedy && TopP is not null) unused.Add("top-p has no effect at temperature 0");
        if (IsGreedy && TopK is not null) unused.Add("top-k has no effect at temperature 0");
        if (IsGreedy && Seed is not null) unused.Add("the seed has no effect: nothing is drawn at random");
        return unused;
    }
}
