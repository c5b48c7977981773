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
    /// <param name="progress">Told how many of how many requests of a stage are answered, first how many were known; null tells nobody.</param>
    /// <param name="cancellationToken">Stops; what is answered is in the cache.</param>
    /// <exception cref="DllmException">An answer cannot be kept, or the model cannot answer.</exception>
    public static AnswerCollection Collect(
        IReadOnlyList<EvalRequest> requests,
        IEvalModel model,
        AnswerCache? cache,
        Action<EvalProgress>? progress = null,
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

        int[] all = [.. Enumerable.Range(0, requests.Count)];
        int[] known = [.. all.Where(Answered)];
        foreach (string stage in new[] { EvalProgress.Likelihoods, EvalProgress.Texts })
        {
            int[] mine = [.. all.Where(i => StageOf(requests[i].Kind) == stage)];
            if (mine.Length == 0) continue;
            int before = mine.Count(Answered), done = before;
            progress?.Invoke(new EvalProgress(stage, done, mine.Length, before));
            foreach (var kind in mine.Select(i => requests[i].Kind).Distinct().Order().ToArray()) Ask(kind);

            void Ask(RequestKind kind)
            {
                // Equal questions of different tasks (or of one task's choices) are one question.
                int[][] open = [.. mine.Where(i => requests[i].Kind == kind && !Answered(i))
                    .GroupBy(i => (
                        requests[i].Context, requests[i].Continuation, requests[i].Repeat, requests[i].AsksGreedy, requests[i].Infill, requests[i].Generation?.Raw.ToJsonString()))
                    .Select(group => group.ToArray())];
                if (open.Length == 0) return;
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

            void Note(int[] places, Action<int> keep)
            {
                foreach (int i in places) keep(i);
                done += places.Length;
                progress?.Invoke(new EvalProgress(stage, done, mine.Length, before));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return Array.TrueForAll(all, Answered)
            ? new AnswerCollection(likelihoods, texts, known.Length)
            : throw new InvalidOperationException($"the model answered {all.Count(Answered)} of {requests.Count} requests");

        bool Answered(int i) => likelihoods[i] is not null || texts[i] is not null;
    }

    private static string StageOf(RequestKind kind) => kind == RequestKind.GenerateUntil ? EvalProgress.Texts : EvalProgress.Likelihoods;
}
