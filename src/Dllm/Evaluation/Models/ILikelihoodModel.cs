namespace Dllm.Evaluation;

/// <summary>Answers requests for likelihoods.</summary>
public interface ILikelihoodModel
{
    /// <inheritdoc cref="IEvalModel.LogLikelihoods"/>
    IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default);

    /// <summary>Contexts so far that were cut from the left to fit the model.</summary>
    long TruncatedContexts { get; }
}
