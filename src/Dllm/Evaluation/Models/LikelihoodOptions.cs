namespace Dllm.Evaluation;

/// <summary>How likelihoods are found; names and defaults are the original's.</summary>
public sealed record LikelihoodOptions
{
    /// <summary>Noisy copies of an estimate, at least 1 (<c>mc_num</c>).</summary>
    public int McNum { get; init; } = 128;

    /// <summary>Over how many copies the noise is spread evenly (the original's batch size); <see cref="McNum"/> is a multiple of it.</summary>
    public int McBatchSize { get; init; } = 32;

    /// <summary>Rows of a forward, at least 1; null for as many as suit their length. Answers do not depend on it.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Dream: by noisy copies (<c>mc</c>, the default), or token by token from the left or the right.</summary>
    public NllType NllType { get; init; } = NllType.Mc;

    /// <summary>Dream: whose likelihood it is. The target's by default (<c>ftb</c>).</summary>
    public LikelihoodPart LogType { get; init; } = LikelihoodPart.Target;

    /// <summary>Dream: the least probability of a mask, in (0, 1) (<c>sampling_eps</c>).</summary>
    public double SamplingEps { get; init; } = 1e-3;

    /// <summary>The strength of classifier-free guidance of a masked-diffusion model (<c>cfg</c>), at least 0; 0 is off.</summary>
    public double Cfg { get; init; }

    /// <summary>The columns of a block, for block diffusion; at least 1.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>The run's seed. Every request draws from a generator of its own, seeded by this and by its content.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Whether contexts and continuations are encoded as the original does, whose contexts keep the token that a tokenizer closes texts
    /// with. Default false: see <see cref="EncodedPair"/>.
    /// </summary>
    public bool AsOriginal { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DllmException">One is out of range.</exception>
    public void Validate()
    {
        new MonteCarloOptions { Samples = McNum, BatchSize = McBatchSize }.Validate();
        if (BatchSize < 1) throw new DllmException($"the batch size is {BatchSize}, but at least 1 is needed");
        if (BlockSize < 1) throw new DllmException($"the block size is {BlockSize}, but at least 1 is needed");
        if (!(Cfg >= 0 && double.IsFinite(Cfg))) throw new DllmException($"cfg is {Cfg}, but must be 0 or more");
        if (!(SamplingEps > 0 && SamplingEps < 1)) throw new DllmException($"sampling-eps is {SamplingEps}, but must be between 0 and 1");
        if (NllType != NllType.Mc && LogType == LikelihoodPart.Both)
            throw new DllmException("a chain of tokens is of the target or of the prefix, not of both", "use nll-type mc with log-type union");
    }
}

/// <summary>How Dream's likelihood is found.</summary>
public enum NllType
{
    /// <summary>By noisy copies.</summary>
    Mc,

    /// <summary>Token by token from the left, the rest masked.</summary>
    ArFtb,

    /// <summary>Token by token from the right, the rest masked.</summary>
    ArBtf,
}
