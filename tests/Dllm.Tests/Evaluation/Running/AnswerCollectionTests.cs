using Dllm.Evaluation;
using Dllm.Evaluation.Running;

namespace Dllm.Tests.Evaluation.Running;

public sealed class AnswerCollectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string CachePath => _folder.File("answers.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARepeatedRunAsksNothingAndGivesTheSame()
    {
        EvalRequest[] requests = [Likelihood("a", " b"), Text("q"), Likelihood("c", " d")];
        var first = Collect(requests, new CountingModel());
        var model = new CountingModel();
        var second = Collect(requests, model);
        Assert.Equal(0, model.Asked);
        Assert.Equal(3, second.FromCache);
        Assert.Equal(first.Likelihoods, second.Likelihoods);
        Assert.Equal(first.Texts, second.Texts);
    }

    [Fact]
    public void AnInterruptedRunContinues()
    {
        EvalRequest[] requests = [.. Enumerable.Range(0, 5).Select(i => Likelihood($"{i}", " x"))];
        using var source = new CancellationTokenSource();
        using (var cache = new AnswerCache(CachePath, "m"))
        {
            Assert.Throws<OperationCanceledException>(() => AnswerCollection.Collect(
                requests, new CountingModel(), cache, progress => { if (progress.Done == 2) source.Cancel(); }, source.Token));
        }

        var model = new CountingModel();
        Assert.Equal(2, Collect(requests, model).FromCache);
        Assert.Equal(3, model.Asked);
    }

    [Fact]
    public void ATornLastLineIsPassedOver()
    {
        EvalRequest[] requests = [Text("one"), Text("two")];
        Collect(requests, new CountingModel());
        var bytes = File.ReadAllBytes(CachePath);
        File.WriteAllBytes(CachePath, bytes[..^7]);
        var model = new CountingModel();
        Collect(requests, model);
        Assert.Equal(1, model.Asked);
        Assert.Equal(bytes, File.ReadAllBytes(CachePath));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{\"key\": 5, \"text\": \"a\"}")]
    [InlineData("{\"key\": \"KEY\", \"loglikelihood\": \"x\", \"is_greedy\": true}")]
    [InlineData("{\"key\": \"KEY\", \"loglikelihood\": 1, \"is_greedy\": true}")]
    [InlineData("{\"key\": \"KEY\", \"key\": \"KEY\", \"text\": \"a\"}")]
    [InlineData("{\"key\": \"KEY\", \"text\": \"\\ud800\"}")]
    public void ALineThatIsNoAnswerIsPassedOver(string line)
    {
        EvalRequest[] requests = [Likelihood("a", " b")];
        using (var cache = new AnswerCache(CachePath, "m")) line = line.Replace("KEY", cache.KeyOf(requests[0]), StringComparison.Ordinal);
        File.WriteAllText(CachePath, line + "\n");
        Collect([Text("q")], new CountingModel());
        var model = new CountingModel();
        Assert.Equal(1, Collect([requests[0], Text("q")], model).FromCache);
        Assert.Equal(1, model.Asked);
    }

    [Fact]
    public void TwoRunsDoNotWriteOneFile()
    {
        using (new AnswerCache(CachePath, "m"))
            Assert.Contains("another run", Assert.Throws<DllmException>(() => new AnswerCache(CachePath, "m")).Message);
        new AnswerCache(CachePath, "m").Dispose();
    }

    [Fact]
    public void EachStageTellsHowFarItIs()
    {
        EvalRequest[] requests = [Text("q"), Likelihood("a", " b"), Text("q"), Text("r")];
        Collect([Text("r")], new CountingModel());
        var told = new List<EvalProgress>();
        using var cache = new AnswerCache(CachePath, "m");
        AnswerCollection.Collect(requests, new CountingModel(), cache, told.Add, TestContext.Current.CancellationToken);
        Assert.Equal(
            [new("likelihoods", 0, 1, 0), new("likelihoods", 1, 1, 0), new("answers in text", 1, 3, 1), new EvalProgress("answers in text", 3, 3, 1)], told);
    }

    [Fact]
    public void OtherSettingsMeetNoOldAnswers()
    {
        Collect([Text("q")], new CountingModel());
        var model = new CountingModel();
        Collect([Text("q")], model, "other settings");
        Assert.Equal(1, model.Asked);
    }

    [Fact]
    public void EqualRequestsAreAskedOnceButRepeatsAreNot()
    {
        var model = new CountingModel();
        Collect([Text("q"), Text("q") with { Task = "other", Document = 9 }, Text("q") with { Repeat = 1 }], model);
        Assert.Equal(2, model.Asked);
    }

    [Fact]
    public void AnInfiniteLikelihoodIsKept()
    {
        var impossible = new LikelihoodAnswer(double.NegativeInfinity, true);
        using (var cache = new AnswerCache(CachePath, "m")) cache.Add(Likelihood("a", "b"), impossible);
        using var again = new AnswerCache(CachePath, "m");
        Assert.Equal(impossible, again.FindLikelihood(Likelihood("a", "b")));
    }

    private static EvalRequest Likelihood(string context, string continuation) =>
        new("t", 0, 0, RequestKind.LogLikelihood, context, continuation, null);

    private static EvalRequest Text(string context) => new("t", 0, 0, RequestKind.GenerateUntil, context, "", new GenerationSettings());

    private AnswerCollection Collect(EvalRequest[] requests, IEvalModel model, string scope = "m")
    {
        using var cache = new AnswerCache(CachePath, scope);
        return AnswerCollection.Collect(requests, model, cache, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Answers in reverse, as a model that sorts by length might.</summary>
    private sealed class CountingModel : IEvalModel
    {
        public int Asked { get; private set; }

        public EvalCounts Counts => default;

        public IEnumerable<Answered<LikelihoodAnswer>> LogLikelihoods(
            IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken)
        {
            for (var i = requests.Count - 1; i >= 0; i--)
            {
                Asked++;
                yield return new(i, new LikelihoodAnswer(-1.0 / 3 * requests[i].Context.Length, false));
            }
        }

        public IEnumerable<Answered<TextAnswer>> Generate(IReadOnlyList<EvalRequest> requests, CancellationToken cancellationToken)
        {
            for (var i = requests.Count - 1; i >= 0; i--)
            {
                Asked++;
                yield return new(i, new TextAnswer($"answer to {requests[i].Context}"));
            }
        }
    }
}
