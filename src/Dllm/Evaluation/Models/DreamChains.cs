using Dllm.Models;
using Dllm.Tokenization;
using static TorchSharp.torch;

namespace Dllm.Evaluation;

/// <summary>Dream's likelihoods as chains of single tokens (<c>ar_ftb</c>, <c>ar_btf</c>): <see cref="DreamLikelihood.Chain"/>, request by request.</summary>
/// <param name="denoiser">The model; logits at i are for token i. Not owned.</param>
/// <param name="tokenizer">Its tokenizer, with a mask token.</param>
/// <param name="options">How.</param>
/// <param name="maxPositions">The most tokens that it reads.</param>
/// <param name="device">Where it computes; null is the CPU.</param>
public sealed class DreamChains(
    IDenoiser denoiser, Tokenizer tokenizer, LikelihoodOptions options, int maxPositions, Device? device = null) : ILikelihoodModel
{
    private readonly RequestEncoder _encoder = DiffusionLikelihoods.DreamEncoder(tokenizer, maxPositions);

    /// <inheritdoc/>
    public long TruncatedContexts => _encoder.Truncated;

    /// <inheritdoc/>
    public IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        options.Validate();
        var likelihood = new DreamLikelihood(denoiser, DiffusionLikelihoods.MaskOf(tokenizer), device);
        for (int place = 0; place < requests.Count; place++)
        {
            double sum = 0;
            foreach (var part in _encoder.Encode(requests[place], place))
            {
                cancellationToken.ThrowIfCancellationRequested();
                sum -= likelihood.Chain(
                    part.Context, part.Target, options.LogType, options.NllType == NllType.ArBtf, options.BatchSize ?? options.McBatchSize);
            }

            yield return new(place, new(sum, false));
        }
    }
}
