using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Execution;
using Dllm.Evaluation.Scoring;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>How far a run is.</summary>
/// <param name="Stage">What is being done, for people.</param>
/// <param name="Done">Of <paramref name="Total"/> so far, what was in the cache included.</param>
/// <param name="Total">All.</param>
/// <param name="FromCache">How many of <paramref name="Done"/> were in the cache.</param>
public readonly record struct EvalProgress(string Stage, int Done, int Total, int FromCache)
{
    /// <summary>The stage in which the model says how likely texts are.</summary>
    public const string Likelihoods = "likelihoods";

    /// <summary>The stage in which it writes answers, which takes another time each.</summary>
    public const string Texts = "answers in text";
}

/// <summary>
/// Runs tasks: writes all prompts, has all requests answered (those of all tasks together, so that like ones share the model's time),
/// then scores. Mistakes in tasks and data show before the model is asked anything.
/// </summary>
/// <param name="tasks">The tasks with their documents.</param>
/// <param name="options">What is asked, and how.</param>
/// <param name="executor">Runs programs of tasks that need it; null refuses those tasks.</param>
public sealed class EvalRunner(IReadOnlyList<EvalTask> tasks, EvalOptions options, ICodeExecutor? executor = null)
{
    /// <summary>Writes the prompts, asks, and scores.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cache">Answers of earlier runs, or null.</param>
    /// <param name="progress">Told how far it is; null tells nobody.</param>
    /// <param name="cancellationToken">Stops; what is answered is in the cache.</param>
    /// <returns>By task, in order.</returns>
    /// <exception cref="DllmException">A task does not fit its data or needs what is missing, or an answer cannot be kept.</exception>
    public IReadOnlyList<TaskRun> Run(
        IEvalModel model, AnswerCache? cache = null, Action<EvalProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options.Validate();
        foreach (var task in tasks) Check(task);
        var asked = Ask(progress, cancellationToken);
        EvalRequest[] requests = [.. asked.SelectMany(document => document.Requests)];
        var answers = AnswerCollection.Collect(requests, model, cache, progress, cancellationToken);
        return Score(asked, answers, progress, cancellationToken);
    }

    private void Check(EvalTask task)
    {
        new TaskScorer(task.Scoring, executor).Check();
        if (task.Definition.RunsCode && executor is null)
        {
            throw new DllmException(
                $"the task {task.Name} runs programs that the model writes", "allow it with --allow-code-execution: each runs in a process of its own");
        }
    }

    private List<AskedDocument> Ask(Action<EvalProgress>? progress, CancellationToken cancellationToken)
    {
        int total = tasks.Sum(task => options.Documents(task.DocumentCount).Count());
        var asked = new List<AskedDocument>(total);
        foreach (var task in tasks)
        {
            foreach (int document in options.Documents(task.DocumentCount))
            {
                cancellationToken.ThrowIfCancellationRequested();
                asked.Add(new AskedDocument(task, document, task.Document(document), task.Requests(document, options.Prompt)));
                progress?.Invoke(new EvalProgress("writing prompts", asked.Count, total, 0));
            }
        }

        return asked;
    }

    private IReadOnlyList<TaskRun> Score(
        List<AskedDocument> asked, AnswerCollection answers, Action<EvalProgress>? progress, CancellationToken cancellationToken)
    {
        var scorers = tasks.ToDictionary(task => task.Name, task => new TaskScorer(task.Scoring, executor));
        int[] first = new int[asked.Count]; // each document's first request
        for (int i = 1; i < first.Length; i++) first[i] = first[i - 1] + asked[i - 1].Requests.Count;
        var scored = new IReadOnlyList<EvalSample>[asked.Count];
        int done = 0;
        var gate = new Lock();
        // Programs take their time, so several are run at once.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = executor is null ? 1 : Environment.ProcessorCount, CancellationToken = cancellationToken };
        try
        {
            Parallel.For(0, asked.Count, parallel, i =>
            {
                scored[i] = [.. Score(asked[i], scorers[asked[i].Task.Name], answers, first[i])];
                lock (gate) progress?.Invoke(new EvalProgress("scoring", ++done, asked.Count, 0));
            });
        }
        catch (AggregateException faults) when (faults.InnerException is DllmException fault)
        {
            ExceptionDispatchInfo.Throw(fault); // the first says what is wrong
        }

        var samples = tasks.ToDictionary(task => task.Name, _ => new List<EvalSample>());
        for (int i = 0; i < asked.Count; i++) samples[asked[i].Task.Name].AddRange(scored[i]);
        return [.. tasks.Select(task => new TaskRun(
            task.Definition, task.Shots(options.Prompt), task.DocumentCount, options.Limited(task.DocumentCount), task.DataHash, samples[task.Name]))];
    }

    private static IEnumerable<EvalSample> Score(AskedDocument document, TaskScorer scorer, AnswerCollection answers, int first)
    {
        var places = Enumerable.Range(first, document.Requests.Count);
        if (document.Task.Scoring.Output == OutputType.GenerateUntil)
        {
            TextAnswer[] texts = [.. places.Select(place => answers.Texts[place]!.Value)];
            JsonNode[] shown = [.. texts.Select(answer => (JsonNode)answer.Text)];
            foreach (var filter in document.Task.Scoring.Filters)
                yield return document.Sample(shown, filter.Name, scorer.Score(document.Scored, texts, filter));
        }
        else
        {
            // A likelihood asked again is the same.
            LikelihoodAnswer[] likelihoods = [.. places.Where((_, i) => document.Requests[i].Repeat == 0).Select(place => answers.Likelihoods[place]!.Value)];
            JsonNode[] shown = [.. likelihoods.Select(answer =>
                new JsonArray(answer.LogLikelihood.ToString("R", CultureInfo.InvariantCulture), answer.IsGreedy ? "True" : "False"))];
            yield return document.Sample(shown, document.Task.Scoring.Filters[0].Name, scorer.Score(document.Scored, likelihoods));
        }
    }

    private sealed record AskedDocument(EvalTask Task, int Document, ScoredDocument Scored, IReadOnlyList<EvalRequest> Requests)
    {
        public EvalSample Sample(IReadOnlyList<JsonNode> answers, string filter, DocumentScore score) =>
            EvalSample.Of(Document, Scored, Requests, answers, filter, score);
    }
}
