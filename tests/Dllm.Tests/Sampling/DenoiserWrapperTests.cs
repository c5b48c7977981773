using Dllm.Models;
using Dllm.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

/// <summary>Guidance, suppression and the right shift give the same logits for all positions and for chosen ones.</summary>
public class DenoiserWrapperTests
{
    private const int Mask = 22;
    private static readonly long[] Chosen = [0, 3, 4, 5, 9, 7];

    [Fact]
    public void ShiftReadsOnePlaceToTheLeft() => Compare(
        inner => new RightShiftedDenoiser(inner),
        logits => cat([logits[.., ..1], logits[.., ..^1]], 1));

    [Fact]
    public void SuppressionForbidsTokens() => Compare(
        inner => new SuppressedDenoiser(inner, [2, 5]),
        logits => logits.index_fill(-1, tensor(new long[] { 2, 5 }), double.NegativeInfinity));

    [Fact]
    public void GuidanceMovesAwayFromTheUnconditionalPrediction()
    {
        using var scope = NewDisposeScope();
        using var denoiser = new TableDenoiser();
        var given = tensor(new[] { true, true, false, false, false, true, false, false, false, false }, 2, 5);
        var ids = Ids();
        var conditional = denoiser.Forward(new DenoiserInput(ids));
        var unconditional = denoiser.Forward(new DenoiserInput(ids.masked_fill(given, Mask)));
        var forwards = denoiser.Forwards;
        Compare(
            _ => new GuidedDenoiser(denoiser, 0.5, given, Mask),
            _ => unconditional + 1.5 * (conditional - unconditional));
        Assert.Equal(forwards + 4, denoiser.Forwards); // one each: the four predictions of the comparison
    }

    private static void Compare(Func<IDenoiser, IDenoiser> wrap, Func<Tensor, Tensor> expectation)
    {
        using var scope = NewDisposeScope();
        using var inner = new TableDenoiser();
        var wrapped = wrap(inner);
        var input = new DenoiserInput(Ids(), tensor(new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 2, 5));
        var expected = expectation(inner.Forward(input)); // [B, T, V]
        Assert.Equal(inner.VocabularySize, wrapped.VocabularySize);
        Assert.True(expected.allclose(wrapped.Forward(input)));
        var rows = wrapped.Forward(input with { LogitPositions = tensor(Chosen) }); // [N, V]
        Assert.True(expected.flatten(0, 1)[tensor(Chosen)].allclose(rows));

        var positions = tensor(Chosen);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        wrapped.Forward(input).Dispose();
        wrapped.Forward(input with { LogitPositions = positions }).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor Ids() => tensor(new long[] { 1, 2, Mask, 4, Mask, 6, Mask, Mask, Mask, 10 }, 2, 5);
}
