using Dllm.Models;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

/// <summary>Likelihoods of a masked-diffusion model, one request after the other.</summary>
/// <param name="denoiser">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="maskTokenId">Its mask token.</param>
/// <param name="options">How many noisy copies.</param>
/// <param name="seed">The run's seed; every request draws from a generator of its own.</param>
public sealed class SequentialLikelihoods(Denoiser denoiser, Tokenizer tokenizer, int maskTokenId, MonteCarloOptions options, long seed) : ILikelihoodModel
{
    /// <inheritdoc/>
    public long TruncatedContexts { get; private set; }

    /// <inheritdoc/>
    public IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var likelihood = new MaskedLikelihood(denoiser, maskTokenId, denoiser.Device);
        for (int i = 0; i < requests.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pair = EncodedPair.Encode(tokenizer, requests[i].Context, requests[i].Continuation);
            int excess = pair.Context.Length + pair.Continuation.Length - denoiser.MaxPositions;
            if (excess > 0) TruncatedContexts++;
            int[] context = pair.Context[Math.Clamp(excess, 0, pair.Context.Length)..];
            int[] target = pair.Continuation[^Math.Min(pair.Continuation.Length, denoiser.MaxPositions)..];
            using var generator = new Generator((ulong)SampledAnswers.SeedOf(seed, requests[i]), CPU);
            yield return new(i, new(likelihood.Estimate(context, target, options, generator), likelihood.IsGreedy(context, target)));
        }
    }
}
