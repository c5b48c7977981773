using System.Diagnostics;
using Dllm.Evaluation.Running;

namespace Dllm.Cli.Display;

/// <summary>Listens to how far an evaluation is, for what the report says of requests and times.</summary>
internal sealed class EvalClock
{
    private readonly Stopwatch _likelihoods = new(), _texts = new();
    private readonly Dictionary<string, EvalProgress> _last = [];

    /// <summary>Requests in all.</summary>
    public int Requests => _last.Values.Sum(stage => stage.Total);

    /// <summary>Those whose answers were known before.</summary>
    public int FromCache => _last.Values.Sum(stage => stage.FromCache);

    /// <summary>The time of likelihoods.</summary>
    public TimeSpan Likelihoods => _likelihoods.Elapsed;

    /// <summary>The time of answers in text.</summary>
    public TimeSpan Texts => _texts.Elapsed;

    /// <summary>Takes note; the first note of another stage ends the one before.</summary>
    public void Note(EvalProgress progress)
    {
        Run(_likelihoods, progress.Stage == EvalProgress.Likelihoods);
        Run(_texts, progress.Stage == EvalProgress.Texts);
        if (progress.Stage is EvalProgress.Likelihoods or EvalProgress.Texts) _last[progress.Stage] = progress;
    }

    private static void Run(Stopwatch clock, bool runs)
    {
        if (runs) clock.Start();
        else clock.Stop();
    }
}
