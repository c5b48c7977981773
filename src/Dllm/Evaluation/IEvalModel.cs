namespace Dllm.Evaluation;

/// <summary>A model under evaluation: answers requests in any order it likes, each as soon as it is known.</summary>
public interface IEvalModel
{
    /// <summary>The log-likelihoods of continuations, and of whole texts where the kind is rolling.</summary>
    /// <returns>Lazily, for each request once, its place in <paramref name="requests"/> and its answer, in the model's order.</returns>
    IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default);

    /// <summary>Answers in free text, cut at the first stop string.</summary>
    /// <inheritdoc cref="LogLikelihoods"/>
    IEnumerable<Answered<TextAnswer>> Generate(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken = default);

    /// <summary>What the model has done so far, for the report.</summary>
    EvalCounts Counts { get; }
}

/// <summary>An answer and the place of its request.</summary>
public readonly record struct Answered<T>(int Request, T Answer);

/// <summary>A log-likelihood in nats (an estimate for diffusion models), and whether greedy decoding gives exactly the continuation.</summary>
public readonly record struct LikelihoodAnswer(double LogLikelihood, bool IsGreedy);

/// <summary>A generated text, after its stop strings were cut away.</summary>
public readonly record struct TextAnswer(string Text);

/// <summary>Sums over a run; prompt and padding count for nothing in <paramref name="GeneratedTokens"/>.</summary>
/// <param name="Forwards">Forward passes (NFE), a batch counted as one.</param>
/// <param name="GeneratedTokens">Tokens of answers, before they were cut at a stop string.</param>
/// <param name="RowForwards">Forward passes times rows.</param>
/// <param name="TruncatedContexts">Requests whose context was cut from the left to fit the model.</param>
/// <param name="GenerationRowForwards">
/// Those of <paramref name="RowForwards"/> that wrote answers; tokens per forward is <c>GeneratedTokens / GenerationRowForwards</c>.
/// </param>
public readonly record struct EvalCounts(
    long Forwards, long GeneratedTokens, long RowForwards, long TruncatedContexts, long GenerationRowForwards = 0);
