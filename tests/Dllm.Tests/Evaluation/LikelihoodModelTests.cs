using Dllm.Evaluation;
using Dllm.Models;
using TorchSharp;
using static Dllm.Tests.Evaluation.TinyLikelihoods;
using static TorchSharp.torch;

namespace Dllm.Tests.Evaluation;

/// <summary>Many requests at once give what one at a time gives, for every kind of model.</summary>
public sealed class LikelihoodModelTests : IDisposable
{
    private const double Tolerance = 2e-5;

    private static readonly LikelihoodOptions Options = new() { McNum = 32, McBatchSize = 8, BlockSize = 4, Seed = 3 };

    private static readonly EvalRequest[] Requests =
    [
        Ask("anna is in the", " garden"),
        Ask("anna is in the", " kitchen and ben is in the garden ."),
        Ask("where is ben ? one two three red green ball yes no and hello who one two three red green ball", " one"),
        Ask("where is ben ? one two three red green ball yes no and hello who one two three red green ball", " two two"),
        Ask("where is ben ? one two three red green ball yes no and hello who one two three red green ball", " three yes no"),
        Ask("", "hello anna"),
        Ask("who", ""),
        Roll("anna is in the garden and ben is in the kitchen . where is the red ball ? one two three ! hello anna who is in the garden ?"),
        Roll(""),
    ];

    private readonly TinyLikelihoods _models = new();

    public void Dispose() => _models.Dispose();

    public static TheoryData<string> Kinds => ["masked", "guided", "dream", "dream chain", "block", "shifted block", "block from start", "ar"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AnAnswerDoesNotDependOnItsNeighbours(string kind)
    {
        using var model = _models.Open(kind);
        var alone = Requests.Select(request => Assert.Single(_models.Of(kind, model, Options with { BatchSize = 1 }).LogLikelihoods([request])).Answer).ToArray();
        EvalRequest[] reversed = [.. Requests.Reverse()];
        foreach (int? rows in new int?[] { null, 2, 7 })
        {
            var together = _models.Of(kind, model, Options with { BatchSize = rows }).LogLikelihoods(reversed).ToDictionary(answer => answer.Request, answer => answer.Answer);
            Assert.Equal(Requests.Length, together.Count);
            for (int i = 0; i < Requests.Length; i++)
            {
                var answer = together[Requests.Length - 1 - i];
                Assert.Equal(alone[i].LogLikelihood, answer.LogLikelihood, Tolerance * Math.Max(1, Math.Abs(alone[i].LogLikelihood)));
                Assert.Equal(alone[i].IsGreedy, answer.IsGreedy);
            }
        }
    }

    [Fact]
    public void MaskedLikelihoodsAreThoseOfOneAtATime()
    {
        using var model = _models.Open("masked");
        int mask = _models.Tokenizer.SpecialTokens.MaskId!.Value;
        var literal = new MaskedLikelihood(model, mask);
        foreach (var request in Requests.Where(request => request.Kind == RequestKind.LogLikelihood))
        {
            var pair = EncodedPair.Encode(_models.Tokenizer, request.Context, request.Continuation);
            using var generator = new Generator((ulong)RequestSeed.Of(Options.Seed, request, pair.Continuation), CPU);
            var monteCarlo = new MonteCarloOptions { Samples = Options.McNum, BatchSize = Options.McBatchSize };
            double expected = literal.Estimate(pair.Context, pair.Continuation, monteCarlo, generator);
            var answer = Assert.Single(_models.Of("masked", model, Options).LogLikelihoods([request])).Answer;
            Assert.Equal(expected, answer.LogLikelihood, Tolerance * Math.Max(1, Math.Abs(expected)));
            Assert.Equal(literal.IsGreedy(pair.Context, pair.Continuation), answer.IsGreedy);
        }
    }

    [Fact]
    public void CopiesMaskedAlikeAreReadOnce()
    {
        using var model = _models.Open("masked");
        _ = _models.Of("masked", model, Options with { BatchSize = 1 }).LogLikelihoods([Requests[0] with { AsksGreedy = false }]).ToArray();
        Assert.Equal(1, model.Forwards); // 32 copies of one token, all masked
    }

    // Two choices of one length, the one of them asked twice, with and without the question of greedy decoding.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void WhatIsAskedTwiceIsComputedOnce(string kind)
    {
        using var model = _models.Open(kind);
        EvalRequest[] once = [Requests[2], Requests[3]];
        var expected = _models.Of(kind, model, Options).LogLikelihoods(once).OrderBy(answer => answer.Request).Select(answer => answer.Answer).ToArray();
        long forwards = model.Forwards, rows = model.RowForwards;
        EvalRequest[] twice = [Requests[2], Requests[3], Requests[2] with { Task = "u", Document = 4 }, Requests[3] with { AsksGreedy = false }];
        var answers = _models.Of(kind, model, Options).LogLikelihoods(twice).OrderBy(answer => answer.Request).Select(answer => answer.Answer).ToArray();
        Assert.Equal((forwards, rows), (model.Forwards - forwards, model.RowForwards - rows));
        Assert.Equal([.. expected, expected[0], expected[1] with { IsGreedy = kind == "ar" && expected[1].IsGreedy }], answers);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ARepeatIsDrawnAnewWhereNoiseIsDrawn(string kind)
    {
        using var model = _models.Open(kind);
        var likelihoods = _models.Of(kind, model, Options);
        var answers = likelihoods.LogLikelihoods([Requests[1], Requests[1] with { Repeat = 1 }]).OrderBy(answer => answer.Request).Select(answer => answer.Answer).ToArray();
        var alone = Assert.Single(likelihoods.LogLikelihoods([Requests[1] with { Repeat = 1 }])).Answer;
        Assert.Equal(alone.LogLikelihood, answers[1].LogLikelihood, Tolerance * Math.Abs(alone.LogLikelihood));
        bool isSame = Math.Abs(answers[0].LogLikelihood - answers[1].LogLikelihood) < Tolerance * Math.Abs(alone.LogLikelihood);
        Assert.Equal(kind is "ar" or "dream chain", isSame);
    }

    [Fact]
    public void ChoicesThatLookAlikeUnderTheirMasksAreReadOnce()
    {
        using var model = _models.Open("masked");
        EvalRequest[] letters = [.. new[] { " one", " two", " three", " red" }.Select(choice => Ask("anna is in the", choice))];
        _ = _models.Of("masked", model, Options).LogLikelihoods(letters).ToArray();
        Assert.Equal(2, model.RowForwards); // one for the likelihoods, one for the first mask of greedy decoding
    }

    [Fact]
    public void AChainOfTokensIsThatOfOneAtATime()
    {
        using var model = _models.Open("dream chain");
        var literal = new DreamLikelihood(model, _models.Tokenizer.SpecialTokens.MaskId!.Value);
        foreach (var part in new[] { LikelihoodPart.Target, LikelihoodPart.Prefix })
        {
            foreach (var type in new[] { NllType.ArFtb, NllType.ArBtf })
            {
                var pair = EncodedPair.EncodeForDream(
                    _models.Tokenizer, Requests[1].Context, Requests[1].Continuation, "", _models.Tokenizer.SpecialTokens.EosId!.Value, int.MaxValue);
                double expected = -literal.Chain(pair.Context, pair.Continuation, part, type == NllType.ArBtf, batchSize: 3);
                var likelihoods = DiffusionLikelihoods.Dream(model, _models.Tokenizer, Options with { NllType = type, LogType = part }, model.MaxPositions);
                Assert.Equal(expected, Assert.Single(likelihoods.LogLikelihoods([Requests[1]])).Answer.LogLikelihood, Tolerance * Math.Abs(expected));
            }
        }
    }

    [Fact]
    public void AnAutoregressiveModelIsExact()
    {
        using var model = _models.Open("ar");
        foreach (var request in Requests.Where(request => request.Kind == RequestKind.LogLikelihood && request.Continuation.Length > 0))
        {
            using var scope = NewDisposeScope();
            using var noGradients = no_grad();
            var pair = EncodedPair.Encode(_models.Tokenizer, request.Context, request.Continuation);
            int[] ids = [.. pair.Context.Length == 0 ? [_models.Tokenizer.SpecialTokens.BosId!.Value] : pair.Context, .. pair.Continuation];
            var logits = model.Forward(new(tensor(Array.ConvertAll(ids, id => (long)id)).view(1, -1)))[0].log_softmax(-1); // [T, V]
            int first = ids.Length - pair.Continuation.Length;
            double expected = Enumerable.Range(first, pair.Continuation.Length).Sum(place => logits[place - 1, ids[place]].ToDouble());
            bool greedy = Enumerable.Range(first, pair.Continuation.Length).All(place => logits[place - 1].argmax().item<long>() == ids[place]);
            var answer = Assert.Single(_models.Of("ar", model, Options).LogLikelihoods([request])).Answer;
            Assert.Equal(expected, answer.LogLikelihood, Tolerance * Math.Abs(expected));
            Assert.Equal(greedy, answer.IsGreedy);
        }
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    public void ChoicesOfAQuestionReadTheirPromptOnce(int? batchSize, int forwards)
    {
        using var model = _models.Open("ar");
        var answers = _models.Of("ar", model, Options with { BatchSize = batchSize }).LogLikelihoods(Requests[2..5]).ToArray();
        Assert.Equal((1 + forwards, 1 + 3), (model.Forwards, model.RowForwards)); // the prompt, and the three choices
        foreach (var (place, answer) in answers)
        {
            var alone = Assert.Single(_models.Of("ar", model, Options).LogLikelihoods([Requests[2 + place]])).Answer;
            Assert.Equal(alone.LogLikelihood, answer.LogLikelihood, Tolerance * Math.Abs(alone.LogLikelihood));
        }
    }

    [Fact]
    public void ABlockWithNothingInFrontIsMaskedDiffusion()
    {
        using var model = _models.Open("block");
        var request = Ask("", "anna is in the garden");
        var options = Options with { BlockSize = 8 };
        double block = Assert.Single(_models.Of("block", model, options).LogLikelihoods([request])).Answer.LogLikelihood;
        double masked = Assert.Single(_models.Of("masked", model, options).LogLikelihoods([request])).Answer.LogLikelihood;
        Assert.Equal(masked, block, Tolerance * Math.Abs(masked));
    }

    // One token in the last block is exact: it sees its block and those in front, each of which sees itself and those in front.
    [Theory]
    [InlineData("block", 2)]
    [InlineData("block from start", 0)]
    [InlineData("shifted block", 2)]
    public void WhatIsInFrontIsReadInItsBlocks(string kind, int offset)
    {
        using var model = _models.Open(kind);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var request = Ask("anna is in the garden and ben is in the", " kitchen");
        int[] ids = _models.Tokenizer.Encode(request.Context + request.Continuation);
        int last = ids.Length - 1;
        Assert.Equal(2, last % 4);
        var blocks = tensor(Enumerable.Range(0, last + 1).Select(place => (place - offset + 4) / 4).ToArray()); // [T]
        var seen = (blocks.unsqueeze(0) <= blocks.unsqueeze(1)).view(1, 1, last + 1, last + 1); // [1, 1, T, T]
        long[] masked = [.. ids[..last].Select(id => (long)id), _models.Tokenizer.SpecialTokens.MaskId!.Value];
        var logits = model.Forward(new DenoiserInput(tensor(masked).view(1, -1), seen))[0, kind == "shifted block" ? last - 1 : last]; // [V]
        double expected = logits.log_softmax(-1)[ids[last]].ToDouble();
        Assert.Equal(expected, Assert.Single(_models.Of(kind, model, Options).LogLikelihoods([request])).Answer.LogLikelihood, Tolerance * Math.Abs(expected));
    }

    [Theory]
    [InlineData("block")]
    [InlineData("shifted block")]
    [InlineData("block from start")]
    public void ChoicesReadTheBlocksOfTheirPromptOnceAndTogether(string kind)
    {
        using var model = _models.Open(kind);
        EvalRequest[] choices = [.. new[] { " one", " two", " three" }.Select(choice => Ask(Requests[2].Context, choice) with { AsksGreedy = false })];
        _ = _models.Of(kind, model, Options).LogLikelihoods(choices).ToArray();
        Assert.Equal(1 + 3, model.Forwards); // the prompt, and a token each
    }

    [Fact]
    public void BlocksOfOneTokenAreExactWhateverTheSeed()
    {
        using var model = _models.Open("block");
        double[] answers = [.. new long[] { 1, 2 }.Select(seed => Assert.Single(
            _models.Of("block", model, Options with { BlockSize = 1, Seed = seed }).LogLikelihoods([Requests[1]])).Answer.LogLikelihood)];
        Assert.Equal(answers[0], answers[1], 6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ContextsLongerThanTheModelLoseTheirBeginning(string kind)
    {
        using var model = _models.Open(kind);
        var likelihoods = _models.Of(kind, model, Options);
        string most = string.Join(' ', Enumerable.Repeat("one two three", 200));
        var answers = likelihoods.LogLikelihoods([Ask("red " + most, " ball"), Ask("green " + most, " ball")]).Select(answer => answer.Answer).ToArray();
        Assert.Equal(2, likelihoods.TruncatedContexts);
        Assert.All(answers, answer => Assert.True(double.IsFinite(answer.LogLikelihood)));
        if (kind is "ar") Assert.Equal(answers[0].LogLikelihood, answers[1].LogLikelihood, 4); // nothing else is drawn
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void NothingIsLeftBehindAndAnyAnswerMayBeTheLastOneWanted(string kind)
    {
        using var model = _models.Open(kind);
        _ = _models.Of(kind, model, Options).LogLikelihoods(Requests).First();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        _ = _models.Of(kind, model, Options).LogLikelihoods(Requests).First();
        _ = _models.Of(kind, model, Options).LogLikelihoods(Requests).ToArray();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => _models.Of(kind, model, Options).LogLikelihoods(Requests[..2], cancelled.Token).ToArray());
    }

    [Fact]
    public void WrongNumbersAreNamed()
    {
        Assert.Contains("mc-num", Assert.Throws<DllmException>(() => (Options with { McNum = 20 }).Validate()).Message);
        Assert.Contains("0", Assert.Throws<DllmException>(() => (Options with { BatchSize = 0 }).Validate()).Message);
        Assert.Contains("cfg", Assert.Throws<DllmException>(() => (Options with { Cfg = -1 }).Validate()).Message);
        Assert.Contains("both", Assert.Throws<DllmException>(() => (Options with { NllType = NllType.ArFtb, LogType = LikelihoodPart.Both }).Validate()).Message);
    }
}
