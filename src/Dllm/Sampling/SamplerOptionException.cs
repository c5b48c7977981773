namespace Dllm.Sampling;

/// <summary>An option of a sampler that is wrong. A host can name the option as its users do: as a flag, a key, a property.</summary>
/// <param name="option">The option.</param>
/// <param name="problem">What is wrong with it: the message after the option's name.</param>
/// <param name="remedy">What to do about it, or null.</param>
public sealed class SamplerOptionException(SamplerOption option, string problem, string? remedy = null)
    : DllmException($"{option.Name} {problem}", remedy)
{
    /// <summary>The option.</summary>
    public SamplerOption Option { get; } = option;

    /// <summary>What is wrong with it: the message after the option's name.</summary>
    public string Problem { get; } = problem;
}
