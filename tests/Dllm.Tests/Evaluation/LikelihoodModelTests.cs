using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Models;
using Dllm.Tests.Cli;
using Dllm.Tokenization;
using TorchSharp;
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

    private readonly TinyCheckpoint _tiny = new();
    private readonly Tokenizer _tokenizer;

    public LikelihoodModelTests()
    {
        string folder = _tiny.Copy("with-ends");
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")))!;
        (config["bos_token"], config["eos_token"]) = ("[CLS]", "[/Answer]");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
        _tokenizer = Tokenizer.FromDirectory(folder);
    }

    public void Dispose() => _tiny.Dispose();

    public static TheoryData<string> Kinds => ["masked", "guided", "dream", "dream chain", "block", "shifted block", "block from start", "ar"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AnAnswerDoesNotDependOnItsNeighbours(string kind)
    {
        using var model = Open(kind);
        var alone = Requests.Select(request => Assert.Single(Likelihoods(kind, model, Options with { BatchSize = 1 }).LogLikelihoods([request])).Answer).ToArray();
        EvalRequest[] reversed = [.. Requests.Reverse()];
        foreach (int? rows in new int?[] { null, 2, 7 })
        {
            var together = Likelihoods(kind, model, Options with { BatchSize = rows }).LogLikelihoods(reversed).ToDictionary(answer => answer.Request, answer => answer.Answer);
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
        using var model = Open("masked");
        int mask = _tokenizer.SpecialTokens.MaskId!.Value;
        var literal = new MaskedLikelihood(model, mask);
        foreach (var request in Requests.Where(request => request.Kind == RequestKind.LogLikelihood))
        {
            var pair = EncodedPair.Encode(_tokenizer, request.Context, request.Continuation);
            using var generator = new Generator((ulong)RequestSeed.Of(Options.Seed, request, pair.Continuation), CPU);
            var monteCarlo = new MonteCarloOptions { Samples = Options.McNum, BatchSize = Options.McBatchSize };
            double expected = literal.Estimate(pair.Context, pair.Continuation, monteCarlo, generator);
            var answer = Assert.Single(Likelihoods("masked", model, Options).LogLikelihoods([request])).Answer;
            Assert.Equal(expected, answer.LogLikelihood, Tolerance * Math.Max(1, Math.Abs(expected)));
            Assert.Equal(literal.IsGreedy(pair.Context, pair.Continuation), answer.IsGreedy);
        }
    }

    [Fact]
    public void CopiesMaskedAlikeAreReadOnce()
    {
        using var model = Open("masked");
        _ = Likelihoods("masked", model, Options with { BatchSize = 1 }).LogLikelihoods([Requests[0] with { AsksGreedy = false }]).ToArray();
        Assert.Equal(1, model.Forwards); // 32 copies of one token, all masked
    }

    [Fact]
    public void AnAutoregressiveModelIsExact()
    {
        using var model = Open("ar");
        foreach (var request in Requests.Where(request => request.Kind == RequestKind.LogLikelihood && request.Continuation.Length > 0))
        {
            using var scope = NewDisposeScope();
            using var noGradients = no_grad();
            var pair = EncodedPair.Encode(_tokenizer, request.Context, request.Continuation);
            int[] ids = [.. pair.Context.Length == 0 ? [_tokenizer.SpecialTokens.BosId!.Value] : pair.Context, .. pair.Continuation];
            var logits = model.Forward(new(tensor(Array.ConvertAll(ids, id => (long)id)).view(1, -1)))[0].log_softmax(-1); // [T, V]
            int first = ids.Length - pair.Continuation.Length;
            double expected = Enumerable.Range(first, pair.Continuation.Length).Sum(place => logits[place - 1, ids[place]].ToDouble());
            bool greedy = Enumerable.Range(first, pair.Continuation.Length).All(place => logits[place - 1].argmax().item<long>() == ids[place]);
            var answer = Assert.Single(Likelihoods("ar", model, Options).LogLikelihoods([request])).Answer;
            Assert.Equal(expected, answer.LogLikelihood, Tolerance * Math.Abs(expected));
            Assert.Equal(greedy, answer.IsGreedy);
        }
    }

    [Fact]
    public void ChoicesOfAQuestionReadTheirPromptOnce()
    {
        using var model = Open("ar");
        _ = Likelihoods("ar", model, Options).LogLikelihoods(Requests[2..5]).ToArray();
        Assert.Equal(2, model.Forwards); // the prompt, and the three choices
    }

    [Fact]
    public void ABlockWithNothingInFrontIsMaskedDiffusion()
    {
        using var model = Open("block");
        var request = Ask("", "anna is in the garden");
        var options = Options with { BlockSize = 8 };
        double block = Assert.Single(Likelihoods("block", model, options).LogLikelihoods([request])).Answer.LogLikelihood;
        double masked = Assert.Single(Likelihoods("masked", model, options).LogLikelihoods([request])).Answer.LogLikelihood;
        Assert.Equal(masked, block, Tolerance * Math.Abs(masked));
    }

    [Fact]
    public void BlocksOfOneTokenAreExactWhateverTheSeed()
    {
        using var model = Open("block");
        double[] answers = [.. new long[] { 1, 2 }.Select(seed => Assert.Single(
            Likelihoods("block", model, Options with { BlockSize = 1, Seed = seed }).LogLikelihoods([Requests[1]])).Answer.LogLikelihood)];
        Assert.Equal(answers[0], answers[1], 6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ContextsLongerThanTheModelLoseTheirBeginning(string kind)
    {
        using var model = Open(kind);
        var likelihoods = Likelihoods(kind, model, Options);
        string most = string.Join(' ', Enumerable.Repeat("one two three", 200));
        var answers = likelihoods.LogLikelihoods([Ask("red " + most, " ball"), Ask("green " + most, " ball")]).Select(answer => answer.Answer).ToArray();
        Assert.Equal(2, likelihoods.TruncatedContexts);
        Assert.All(answers, answer => Assert.True(double.IsFinite(answer.LogLikelihood)));
        if (kind is "ar") Assert.Equal(answers[0].LogLikelihood, answers[1].LogLikelihood, 4); // nothing else is drawn
    }

    [Fact]
    public void ATextIsReadInDisjointWindows()
    {
        int[] text = [1, 2, 3, 4, 5, 6, 7];
        var windows = EncodedRequest.Windows(text, begin: 0, most: 3).Select(window => (string.Join(',', window.Context), string.Join(',', window.Target)));
        Assert.Equal([("0", "1,2,3"), ("3", "4,5,6"), ("4,5,6", "7")], windows);
        Assert.Empty(EncodedRequest.Windows([], 0, 3));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void NothingIsLeftBehindAndAnyAnswerMayBeTheLastOneWanted(string kind)
    {
        using var model = Open(kind);
        _ = Likelihoods(kind, model, Options).LogLikelihoods(Requests).First();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        _ = Likelihoods(kind, model, Options).LogLikelihoods(Requests).First();
        _ = Likelihoods(kind, model, Options).LogLikelihoods(Requests).ToArray();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => Likelihoods(kind, model, Options).LogLikelihoods(Requests[..2], cancelled.Token).ToArray());
    }

    [Fact]
    public void WrongNumbersAreNamed()
    {
        Assert.Contains("mc-num", Assert.Throws<DllmException>(() => (Options with { McNum = 20 }).Validate()).Message);
        Assert.Contains("0", Assert.Throws<DllmException>(() => (Options with { BatchSize = 0 }).Validate()).Message);
        Assert.Contains("cfg", Assert.Throws<DllmException>(() => (Options with { Cfg = -1 }).Validate()).Message);
        Assert.Contains("both", Assert.Throws<DllmException>(() => (Options with { NllType = NllType.ArFtb, LogType = LikelihoodPart.Both }).Validate()).Message);
    }

    private static EvalRequest Ask(string context, string continuation) => new("t", 0, 0, RequestKind.LogLikelihood, context, continuation, null);

    private static EvalRequest Roll(string text) => new("t", 0, 0, RequestKind.LogLikelihoodRolling, "", text, null);

    private Denoiser Open(string kind)
    {
        if (kind is "masked" or "guided" or "dream" or "dream chain") return PretrainedModel.Load(_tiny.Model).Denoiser;
        string type = kind == "ar" ? "llama" : "a2d-llama";
        string path = _tiny.Write($"{type}.json", $$"""
            {
              "model_type": "{{type}}", "vocab_size": 31, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
              "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64, "initializer_range": 0.3,
              "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false
            }
            """);
        using var generator = new Generator(5, CPU);
        return PretrainedModel.FromConfig(path, generator).Denoiser;
    }

    private ILikelihoodModel Likelihoods(string kind, Denoiser model, LikelihoodOptions options) => kind switch
    {
        "masked" => DiffusionLikelihoods.Masked(model, _tokenizer, options, model.MaxPositions),
        "guided" => DiffusionLikelihoods.Masked(model, _tokenizer, options with { Cfg = 1.5 }, model.MaxPositions),
        "dream" => DiffusionLikelihoods.Dream(model, _tokenizer, options, model.MaxPositions),
        "dream chain" => new DreamChains(model, _tokenizer, options with { NllType = NllType.ArFtb }, model.MaxPositions),
        "ar" => new AutoregressiveLikelihoods(model, _tokenizer, options),
        _ => new BlockLikelihoods(model, _tokenizer, options, new BlockDiffusionLayout(kind == "block from start", kind == "shifted block")),
    };
}
