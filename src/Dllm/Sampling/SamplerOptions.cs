namespace Dllm.Sampling;

/// <summary>
/// How a sampler samples. What samplers share is here, by concern: length and blocks, drawing, unmasking, remasking, guidance, caches,
/// reproduction. Which of them a sampler has, <see cref="Supported"/> says; its defaults are those of the original unless said otherwise.
/// </summary>
public abstract partial record SamplerOptions
{
    /// <summary>The options that the sampler has, in the order of a help text.</summary>
    public abstract IReadOnlyList<SamplerOption> Supported { get; }

    /// <summary>Whether anything is drawn at random.</summary>
    public abstract bool IsRandom { get; }

    /// <summary>The sampler's options with nothing set.</summary>
    protected abstract SamplerOptions Defaults { get; }

    /// <summary>Checks every option by itself, and those that exclude each other.</summary>
    /// <exception cref="DllmException">An option is out of its range, or contradicts another.</exception>
    public void Validate()
    {
        foreach (var option in Supported) option.Check(this);
        CheckTogether();
    }

    /// <summary>Checks token ids against a vocabulary.</summary>
    /// <param name="vocabularySize">The tokens of the vocabulary.</param>
    /// <exception cref="DllmException">An id is not in the vocabulary, or every token is suppressed.</exception>
    public void ValidateTokens(int vocabularySize)
    {
        Require(CfgKeepTokens, "guidance keep token");
        Require(SuppressTokens, "suppressed token");
        Require(BeginSuppressTokens, "begin-suppressed token");
        Require(EndTokenIds, "end token");
        Require(EndPieces, "end token");
        if (SuppressTokens.Distinct().Count() >= vocabularySize)
            throw new DllmException($"all {vocabularySize} tokens of the vocabulary are suppressed", "leave at least one");

        void Require(IReadOnlyList<int> tokens, string what)
        {
            foreach (int token in tokens)
            {
                if (token < 0 || token >= vocabularySize)
                    throw new DllmException($"{what} {token} is not in the vocabulary", $"use ids from 0 to {vocabularySize - 1}");
            }
        }
    }

    /// <summary>Options that were set but change nothing beside the others; empty if all of them count.</summary>
    /// <param name="given">The options that were given; null takes those whose value is not the sampler's default.</param>
    public IReadOnlyList<UnusedOption> FindUnused(IReadOnlyCollection<SamplerOption>? given = null)
    {
        var defaults = Defaults;
        bool IsGiven(SamplerOption option) => given?.Contains(option) ?? option.Find(this) != option.Find(defaults);
        return [.. Unused().Where(unused => Supported.Contains(unused.Option) && IsGiven(unused.Option))];
    }

    /// <summary>The value of an option in words, also where it is not set.</summary>
    public virtual string Describe(SamplerOption option) => option.Find(this) ?? (option == SamplingOption.MaxNewTokens
        ? MaxLength is null ? $"{DefaultNewTokens}" : "what max-length leaves"
        : "none");

    /// <summary>Checks options that exclude or need each other.</summary>
    /// <exception cref="DllmException">Two contradict each other.</exception>
    protected virtual void CheckTogether()
    {
        if (EntropyBound is not null && Remasking == Remasking.Random)
            throw new DllmException("entropy-bound goes by confidence, which random remasking does not compute", "leave out one of the two");
        CheckRemasking();
    }

    /// <summary>Options that change nothing beside the others, whether or not they were set.</summary>
    protected virtual IEnumerable<UnusedOption> Unused()
    {
        if (MaxNewTokens is not null) yield return new(SamplingOption.MaxLength, "beside max-new-tokens");
        if (CfgScale == 0) yield return new(SamplingOption.CfgKeepTokens, "without cfg-scale");
        if (EndTokenIds.Count + EndPieces.Count == 0) yield return new(SamplingOption.EosEarlyStop, "without a token that ends a text");
        if (!IsRandom) yield return new(SamplingOption.Seed, "where nothing is drawn at random");
        if (!IsRandom) yield return new(SamplingOption.ReferenceRng, "where nothing is drawn at random");
    }
}
