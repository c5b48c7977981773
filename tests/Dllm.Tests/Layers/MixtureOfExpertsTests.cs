using Dllm.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Layers;

public class MixtureOfExpertsTests
{
    private const int Width = 6;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(40, 3)]
    [InlineData(0, 2)]
    public void EqualsALoopOverTheTokens(int tokens, int chosen)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (hidden, weights) = (Random(1, tokens, Width), Random(2, 8, Width, Width));
        var routing = ExpertRouting.Softmax(Random(3, tokens, 8), chosen, renormalise: true);
        var actual = MixtureOfExperts.Apply(hidden, routing, 8, (e, rows) => rows.matmul(weights[e]).tanh());
        Assert.Equal([tokens, Width], actual.shape);
        for (var n = 0; n < tokens; n++)
        {
            var expected = zeros(Width);
            for (var k = 0; k < chosen; k++)
            {
                var e = routing.Experts[n, k].item<long>();
                expected = expected + routing.Weights[n, k] * hidden[n].matmul(weights[e]).tanh();
            }

            Assert.True((expected - actual[n]).abs().max().item<float>() < 1e-5);
        }
    }

    [Fact]
    public void OnlyUsedExpertsWorkAndEachOnce()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var routing = new ExpertRouting(tensor(new long[] { 5, 2, 5, 2, 5, 7 }, [3, 2]), ones(3, 2));
        var calls = new List<(int, long)>();
        MixtureOfExperts.Apply(ones(3, Width), routing, 9, (e, rows) =>
        {
            calls.Add((e, rows.size(0)));
            return rows.clone();
        });
        Assert.Equal([(2, 2), (5, 3), (7, 1)], calls);
    }

    [Fact]
    public void EveryExpertAndTheRouterLearn()
    {
        using var scope = NewDisposeScope();
        var experts = Enumerable.Range(0, 5).Select(e => Random(e, Width, Width).requires_grad_()).ToArray();
        var logits = tensor(new float[] { 3, 2, 0, 0, 0, 0, 4, 3, 0, 0 }, [2, 5]).requires_grad_(); // 3 and 4 idle
        var hidden = Random(9, 2, Width).requires_grad_();
        var routing = ExpertRouting.Softmax(logits, 2, renormalise: false);
        MixtureOfExperts.Apply(hidden, routing, 5, (e, rows) => rows.matmul(experts[e])).square().sum().backward();
        Assert.All(experts, (weight, e) => Assert.Equal(e < 3, weight.grad!.abs().max().item<float>() > 0));
        Assert.True(logits.grad!.abs().max().item<float>() > 0);
        Assert.True(hidden.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void NarrowTypesKeepTheirTypeAndSumInFloat32()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var hidden = Random(1, 9, Width).bfloat16();
        var routing = ExpertRouting.Softmax(Random(3, 9, 4).bfloat16(), 2, renormalise: false);
        Assert.Equal(ScalarType.Float32, routing.Weights.dtype);
        var mixed = MixtureOfExperts.Apply(hidden, routing, 4, (_, rows) => rows.clone());
        Assert.Equal(ScalarType.BFloat16, mixed.dtype);
        var expected = (hidden.@float() * routing.Weights.sum(-1, keepdim: true)).bfloat16();
        Assert.True((mixed - expected).abs().max().ToSingle() <= 0.02);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SoftmaxTakesTheMostProbable(bool renormalise)
    {
        using var scope = NewDisposeScope();
        var routing = ExpertRouting.Softmax(tensor(new float[] { 0, MathF.Log(3), MathF.Log(4), 0 }, [1, 4]), 2, renormalise);
        Assert.Equal([2L, 1L], routing.Experts.data<long>().ToArray());
        Close(renormalise ? [4 / 7f, 3 / 7f] : [4 / 9f, 3 / 9f], routing.Weights);
    }

    [Fact]
    public void ABiasOfTheSoftmaxIsWeightToo()
    {
        using var scope = NewDisposeScope();
        var routing = ExpertRouting.Softmax(zeros(1, 4), 1, renormalise: false, bias: tensor(new float[] { 0, 0.5f, 0, 0 }));
        Assert.Equal([1L], routing.Experts.data<long>().ToArray());
        Close([0.75f], routing.Weights);
    }

    [Fact]
    public void GroupsAreChosenByTheirBestTwo()
    {
        using var scope = NewDisposeScope();
        var scores = new[] { 0.9f, 0.1f, 0.6f, 0.5f, 0.2f, 0.2f, 0.3f, 0.3f }; // groups of two: 1.0, 1.1, 0.4, 0.6
        var logits = tensor(scores).logit().unsqueeze(0);
        var routing = ExpertRouting.GroupedSigmoid(logits, zeros(8), count: 2, groups: 4, keptGroups: 1, scale: 2.5);
        Assert.Equal([2L, 3L], routing.Experts.data<long>().ToArray()); // not 0, though it is the best
        Close([2.5f * 6 / 11, 2.5f * 5 / 11], routing.Weights);
    }

    [Fact]
    public void TheBiasOfTheSigmoidChoosesButDoesNotWeigh()
    {
        using var scope = NewDisposeScope();
        var bias = tensor(new float[] { 0, 0, 0, 5 });
        var routing = ExpertRouting.GroupedSigmoid(zeros(1, 4), bias, count: 1, groups: 1, keptGroups: 1, scale: 1);
        Assert.Equal([3L], routing.Experts.data<long>().ToArray());
        Close([0.5f], routing.Weights); // one expert alone is not normalised
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        using var noGrad = no_grad();
        using var logits = Random(1, 5, 4);
        using var hidden = Random(2, 5, Width);
        using var bias = zeros(4);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var routing in (ExpertRouting[])
        [
            ExpertRouting.Softmax(logits, 2, renormalise: true, bias), ExpertRouting.GroupedSigmoid(logits, bias, 2, 2, 1, 1),
        ])
        {
            MixtureOfExperts.Apply(hidden, routing, 4, (_, rows) => rows.clone()).Dispose();
            routing.Experts.Dispose();
            routing.Weights.Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }

    private static void Close(float[] expected, Tensor actual) =>
        Assert.All(expected.Zip(actual.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
}
