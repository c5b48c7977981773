using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>Which <see cref="ITokenChoice"/> a sampler's options ask for.</summary>
internal static class TokenChoices
{
    /// <summary>Of samplers whose temperature belongs to the noise (MDLM, BD3LM, Fast-dLLM on LLaDA).</summary>
    public static ITokenChoice Gumbel(double temperature, bool referenceRng, Generator generator) =>
        temperature == 0 ? new GreedyChoice()
        : referenceRng ? new GumbelChoice(temperature, generator)
        : new CategoricalChoice(temperature, generator);

    /// <summary>Of samplers that draw from what their filter leaves, which applies the temperature (Dream, LLaDA2, RND1).</summary>
    public static ITokenChoice Multinomial(bool greedy, bool referenceRng, Generator generator) =>
        greedy ? new GreedyChoice()
        : referenceRng ? new MultinomialChoice(generator)
        : new CategoricalChoice(1, generator);
}
