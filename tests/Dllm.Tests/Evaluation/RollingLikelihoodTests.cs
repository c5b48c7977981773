using Dllm.Evaluation;
using Dllm.Models;
using TorchSharp;
using static Dllm.Tests.Evaluation.TinyLikelihoods;
using static TorchSharp.torch;

namespace Dllm.Tests.Evaluation;

/// <summary>The likelihood of a text longer than the model is the sum over windows.</summary>
public sealed class RollingLikelihoodTests : IDisposable
{
    private const double Tolerance = 2e-5;

    // Words of one token each: two full windows of 64 tokens and some.
    private static readonly string Text = string.Join(
        ' ', Enumerable.Range(0, 150).Select(i => new[] { "anna", "ben", "red", "green", "ball", "one", "two", "three" }[i * i % 31 % 8]));

    private readonly TinyLikelihoods _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public void WindowsAreDisjointAndAsLongAsTheModelReads()
    {
        int[] text = [1, 2, 3, 4, 5, 6, 7];
        Assert.Equal([("0", "1,2,3"), ("3", "4,5,6"), ("4,5,6", "7")], Windows(text, begin: 0, most: 4));
        Assert.Equal([("", "1,2,3,4"), ("4", "5,6,7")], Windows(text, begin: null, most: 4));
        Assert.Equal([("", "1,2,3"), ("3", "4,5"), ("5", "6,7")], Windows(text, begin: null, most: 3));
        Assert.Equal([("", "1,2,3,4,5"), ("3,4,5", "6,7")], Windows(text, begin: null, most: 5));
        Assert.Equal([("", "1"), ("", "2")], Windows([1, 2], begin: null, most: 1));
        Assert.Empty(Windows([], 0, 3));
    }

    // The windows as the harness makes them: 64 tokens are predicted at once, the first window behind the begin token; the last reads back
    // as far as the model reads.
    [Fact]
    public void AnAutoregressiveModelSumsOverTheWindowsOfTheHarness()
    {
        using var model = _models.Open("ar");
        long[] text = [_models.Tokenizer.SpecialTokens.BosId!.Value, .. _models.Tokenizer.Encode(Text, addSpecialTokens: false).Select(id => (long)id)];
        Assert.Equal(151, text.Length);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        double expected = new[] { (0, 1), (64, 65), (86, 129) }.Sum(window =>
        {
            var (start, firstTarget) = window;
            var logits = model.Forward(new(tensor(text[start..Math.Min(start + 64, 150)]).view(1, -1)))[0].log_softmax(-1); // [64, V]
            return Enumerable.Range(firstTarget, start + 65 - firstTarget).Sum(place => logits[place - 1 - start, text[place]].ToDouble());
        });
        var likelihoods = _models.Of("ar", model, new LikelihoodOptions());
        Assert.Equal(expected, Single(likelihoods, Roll(Text)), Tolerance * Math.Abs(expected));
        Assert.Equal(0, likelihoods.TruncatedContexts);
    }

    // A bidirectional model has no begin token: its first window is 64 tokens with nothing in front, the next 63 behind one.
    [Fact]
    public void AMaskedDiffusionModelSumsOverFullWindows()
    {
        using var model = _models.Open("masked");
        var options = new LikelihoodOptions { McNum = 16, McBatchSize = 8, Seed = 3 };
        int[] text = _models.Tokenizer.Encode(Text, addSpecialTokens: false);
        var literal = new MaskedLikelihood(model, _models.Tokenizer.SpecialTokens.MaskId!.Value);
        double expected = new[] { (0, 0, 64), (63, 64, 127), (86, 127, 150) }.Sum(window =>
        {
            var (start, firstTarget, end) = window;
            using var generator = new Generator((ulong)RequestSeed.Of(options.Seed, Roll(Text), text[firstTarget..end]), CPU);
            return literal.Estimate(text[start..firstTarget], text[firstTarget..end], new MonteCarloOptions { Samples = 16, BatchSize = 8 }, generator);
        });
        var likelihoods = _models.Of("masked", model, options);
        Assert.Equal(expected, Single(likelihoods, Roll(Text)), Tolerance * Math.Abs(expected));
        Assert.Equal(0, likelihoods.TruncatedContexts);
    }

    // With blocks of one token the likelihood of block diffusion is exact: it is summed here token by token.
    [Fact]
    public void ABlockDiffusionModelSumsOverFullWindows()
    {
        using var model = _models.Open("block");
        int[] text = _models.Tokenizer.Encode(Text, addSpecialTokens: false)[..70];
        long mask = _models.Tokenizer.SpecialTokens.MaskId!.Value;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        double expected = Enumerable.Range(0, 70).Sum(place =>
        {
            int start = place < 64 ? 0 : 6; // the second window reads as much as fits
            long[] ids = [.. text[start..place].Select(id => (long)id), mask];
            var seen = ones([ids.Length, ids.Length], @bool).tril().view(1, 1, ids.Length, ids.Length); // [1, 1, T, T]
            var logits = model.Forward(new DenoiserInput(tensor(ids).view(1, -1), seen))[0, place - start].log_softmax(-1); // [V]
            return logits[text[place]].ToDouble();
        });
        var likelihoods = _models.Of("block", model, new LikelihoodOptions { McNum = 8, McBatchSize = 8, BlockSize = 1 });
        Assert.Equal(expected, Single(likelihoods, Roll(string.Join(' ', Text.Split(' ')[..70]))), Tolerance * Math.Abs(expected));
        Assert.Equal(0, likelihoods.TruncatedContexts);
    }

    [Theory]
    [MemberData(nameof(LikelihoodModelTests.Kinds), MemberType = typeof(LikelihoodModelTests))]
    public void NoWindowIsCountedAsTruncated(string kind)
    {
        using var model = _models.Open(kind);
        var likelihoods = _models.Of(kind, model, new LikelihoodOptions { McNum = 2, McBatchSize = 2 });
        Assert.True(double.IsFinite(Single(likelihoods, Roll(Text))));
        Assert.Equal(0, likelihoods.TruncatedContexts);
    }

    private static double Single(ILikelihoodModel likelihoods, EvalRequest request) => Assert.Single(likelihoods.LogLikelihoods([request])).Answer.LogLikelihood;

    private static IEnumerable<(string Context, string Target)> Windows(int[] text, int? begin, int most) => EncodedRequest
        .Windows(text, begin, most).Select(window => (string.Join(',', window.Context), string.Join(',', window.Target)));
}
