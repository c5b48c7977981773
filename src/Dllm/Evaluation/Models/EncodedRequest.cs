using Dllm.Tokenization;

namespace Dllm.Evaluation;

/// <summary>A likelihood that is asked for, as token ids: a request, or a window of a rolling one.</summary>
/// <param name="Place">The place of its request.</param>
/// <param name="Request">The request.</param>
/// <param name="Context">What is given.</param>
/// <param name="Target">What is asked for.</param>
internal sealed record EncodedRequest(int Place, EvalRequest Request, int[] Context, int[] Target)
{
    /// <summary>Whether anybody reads if greedy decoding gives the target.</summary>
    public bool AsksGreedy { get; init; } = Request.AsksGreedy && Request.Kind == RequestKind.LogLikelihood;

    /// <summary>Tokens of both.</summary>
    public int Length => Context.Length + Target.Length;

    /// <summary>Both, one behind the other.</summary>
    public int[] Sequence => [.. Context, .. Target];

    /// <summary>
    /// The windows of a text, disjoint in what they ask for, as the harness makes them: the first is given <paramref name="begin"/>, the
    /// others the token in front of them, the last as much as the model reads.
    /// </summary>
    /// <param name="tokens">The text.</param>
    /// <param name="begin">What stands in front of a text; null: nothing.</param>
    /// <param name="most">The most tokens of a window, what it is given included; at least 1.</param>
    public static IEnumerable<(int[] Context, int[] Target)> Windows(int[] tokens, int? begin, int most)
    {
        for (int done = 0; done < tokens.Length;)
        {
            int given = done > 0 || begin is not null ? 1 : 0;
            int end = Math.Min(done + Math.Max(1, most - given), tokens.Length);
            int[] context = done == 0 ? begin is { } first ? [first] : [] : tokens[Math.Clamp(end - most, 0, done)..done];
            yield return (context, tokens[done..end]);
            done = end;
        }
    }
}

/// <summary>Makes token ids of requests, and counts the contexts that were cut.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="encode">How a context and a continuation are encoded.</param>
/// <param name="most">The most tokens that the model reads.</param>
/// <param name="begin">What stands for an empty context and in front of a text; null: nothing.</param>
internal sealed class RequestEncoder(Tokenizer tokenizer, Func<Tokenizer, string, string, IReadOnlyList<int>?, EncodedPair> encode, int most, int? begin)
{
    /// <summary>Contexts that were cut so far.</summary>
    public long Truncated { get; private set; }

    /// <summary>A request's likelihoods to be added up: one, or one a window.</summary>
    public IEnumerable<EncodedRequest> Encode(EvalRequest request, int place)
    {
        if (request.Kind == RequestKind.LogLikelihoodRolling)
        {
            foreach (var (before, window) in EncodedRequest.Windows(tokenizer.EncodeWithoutMasks(request.Continuation, addSpecialTokens: false), begin, most))
                yield return Fit(request, place, before, window);
            yield break;
        }

        var pair = encode(tokenizer, request.Context, request.Continuation, request.Literal);
        yield return Fit(request, place, pair.Context.Length == 0 && begin is { } first ? [first] : pair.Context, pair.Continuation);
    }

    // The end is what is asked for, so the beginning is what goes.
    private EncodedRequest Fit(EvalRequest request, int place, int[] context, int[] target)
    {
        int excess = context.Length + target.Length - most;
        if (excess <= 0) return new(place, request, context, target);
        Truncated++;
        int least = begin is null ? 0 : 1; // a model that reads from left to right needs something to begin with
        return target.Length + least <= most
            ? new(place, request, context[Math.Min(excess, context.Length)..], target)
            : new(place, request, context[^Math.Min(least, context.Length)..], target[^(most - least)..]);
    }
}
