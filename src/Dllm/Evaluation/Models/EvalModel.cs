using Dllm.Models;

namespace Dllm.Evaluation;

/// <summary>A model under evaluation, put together from what answers for likelihoods and what answers in text.</summary>
/// <param name="denoiser">Counts the forwards of both.</param>
/// <param name="likelihoods">Answers for likelihoods.</param>
/// <param name="answers">Answers in text.</param>
public sealed class EvalModel(Denoiser denoiser, ILikelihoodModel likelihoods, SampledAnswers answers) : IEvalModel
{
    private readonly (long Forwards, long Rows) _before = (denoiser.Forwards, denoiser.RowForwards);
    private long _generationRows;

    /// <inheritdoc/>
    public EvalCounts Counts => new(
        denoiser.Forwards - _before.Forwards, answers.GeneratedTokens, denoiser.RowForwards - _before.Rows,
        answers.TruncatedContexts + likelihoods.TruncatedContexts, _generationRows);

    /// <inheritdoc/>
    public IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default) =>
        likelihoods.LogLikelihoods(requests, cancellationToken);

    /// <inheritdoc/>
    public IEnumerable<Answered<TextAnswer>> Generate(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default)
    {
        long before = denoiser.RowForwards;
        foreach (var answer in answers.Generate(requests, cancellationToken))
        {
            _generationRows += denoiser.RowForwards - before;
            yield return answer;
            before = denoiser.RowForwards;
        }
    }
}
