namespace Dllm.Evaluation;

/// <summary>What a task asks of a model.</summary>
public enum RequestKind
{
    /// <summary>The log-likelihood of a continuation given a context (<c>loglikelihood</c>).</summary>
    LogLikelihood,

    /// <summary>The log-likelihood of a whole text (<c>loglikelihood_rolling</c>).</summary>
    LogLikelihoodRolling,

    /// <summary>An answer in free text, up to a stop string (<c>generate_until</c>).</summary>
    GenerateUntil,
}

/// <summary>One question to a model, complete: the text is the prompt with its few-shot examples and chat markup.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Document">The document's index in the task's evaluated split, before any limit or shard.</param>
/// <param name="Index">Which of the document's requests this is, from 0: the choice of a multiple-choice question.</param>
/// <param name="Kind">What is asked.</param>
/// <param name="Context">The prompt. Empty for <see cref="RequestKind.LogLikelihoodRolling"/>.</param>
/// <param name="Continuation">The text whose likelihood is asked; empty for <see cref="RequestKind.GenerateUntil"/>.</param>
/// <param name="Generation">How to answer; null unless <paramref name="Kind"/> is <see cref="RequestKind.GenerateUntil"/>.</param>
public sealed record EvalRequest(
    string Task, int Document, int Index, RequestKind Kind, string Context, string Continuation, GenerationSettings? Generation)
{
    /// <summary>Which of the task's <c>repeats</c> of the request this is, from 0.</summary>
    public int Repeat { get; init; }

    /// <summary>
    /// Where the context is in a model's chat markup: its places, in UTF-16 units, at which what somebody said spells a special token, which is
    /// text there. Null (the default) for a context that is not.
    /// </summary>
    public IReadOnlyList<int>? Literal { get; init; }

    /// <summary>What stands behind the answer, which then fills the gap between; null where the answer is free to end.</summary>
    public InfillSpan? Infill { get; init; }

    /// <summary>
    /// Whether a metric reads if greedy decoding gives the continuation: what nobody reads is not computed by models to which it is dear,
    /// and false then. Default true.
    /// </summary>
    public bool AsksGreedy { get; init; } = true;
}

/// <summary>The gap that a request for infilling has behind its context.</summary>
/// <param name="Suffix">The text behind the gap.</param>
/// <param name="Original">
/// The text that stood in the gap: its number of tokens is the gap's, unless the run gives another. It is not shown to the model.
/// </param>
public sealed record InfillSpan(string Suffix, string Original);
