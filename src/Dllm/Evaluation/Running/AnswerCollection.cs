namespace Dllm.Evaluation.Running;

/// <summary>The answers to a list of requests, each at its request's place.</summary>
/// <param name="Likelihoods">Answers of likelihood requests; null at the places of others.</param>
/// <param name="Texts">Answers of requests for text; null at the places of others.</param>
/// <param name="FromCache">How many were known before.</param>
public sealed record AnswerCollection(
    IReadOnlyList<LikelihoodAnswer?> Likelihoods, IReadOnlyList<TextAnswer?> Texts, int FromCache)
{
    /// <summary>Answers requests: from the cache what it holds, from the model the rest, each kept as soon as it is known.</summary>
    /// <param name="requests">The requests, of any kinds and tasks; equal ones are asked once.</param>
    /// <param name="model">The model.</param>
    /// <param name="cache">The cache, or null.</param>
    /// <param name="progress">Told how many of how many requests are answered; null tells nobody.</param>
    /// <param name="cancellationToken">Stops; what is answered is in the cache.</param>
    /// <exception cref="DllmException">An answer cannot be kept, or the model cannot answer.</exception>
    public static AnswerCollection Collect(
        IReadOnlyList<EvalRequest> requests,
        IEvalModel model,
        AnswerCache? cache,
        Action<int, int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(model);
        var likelihoods = new LikelihoodAnswer?[requests.Count];
        var texts = new TextAnswer?[requests.Count];
        for (var i = 0; i < requests.Count && cache is not null; i++)
        {
            if (requests[i].Kind == RequestKind.GenerateUntil) texts[i] = cache.FindText(requests[i]);
            else likelihoods[i] = cache.FindLikelihood(requests[i]);
        }

        var known = Enumerable.Range(0, requests.Count).Count(Answered);
        var done = known;
        progress?.Invoke(done, requests.Count);
        foreach (var kind in new[] { RequestKind.LogLikelihood, RequestKind.LogLikelihoodRolling, RequestKind.GenerateUntil })
        {
            // Equal questions of different tasks (or of one task's choices) are one question.
            var open = Enumerable.Range(0, requests.Count).Where(i => requests[i].Kind == kind && !Answered(i))
                .GroupBy(i => (
                    requests[i].Context, requests[i].Continuation, requests[i].Repeat, requests[i].AsksGreedy, requests[i].Infill, requests[i].Generation?.Raw.ToJsonString()))
                .Select(group => group.ToArray()).ToArray();
            if (open.Length == 0) continue;
            EvalRequest[] asked = [.. open.Select(places => requests[places[0]])];
            if (kind == RequestKind.GenerateUntil)
            {
                foreach (var (place, answer) in model.Generate(asked, cancellationToken))
                {
                    cache?.Add(asked[place], answer);
                    Note(open[place], i => texts[i] = answer);
                }
            }
            else
            {
                foreach (var (place, answer) in model.LogLikelihoods(asked, cancellationToken))
                {
                    cache?.Add(asked[place], answer);
                    Note(open[place], i => likelihoods[i] = answer);
                }
            }
        }

        return done == requests.Count
            ? new AnswerCollection(likelihoods, texts, known)
            : throw new InvalidOperationException($"the model answered {done} of {requests.Count} requests");

        bool Answered(int i) => likelihoods[i] is not null || texts[i] is not null;

        void Note(int[] places, Action<int> keep)
        {
            foreach (var i in places) keep(i);
            done += places.Length;
            progress?.Invoke(done, requests.Count);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
