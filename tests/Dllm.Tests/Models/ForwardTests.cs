using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>What must hold of any denoiser's forward, whatever its weights.</summary>
public class ForwardTests
{
    private const float Tolerance = 2e-4f;

    public static TheoryData<string> Types => [.. TinyModels.Types];

    [Theory]
    [MemberData(nameof(Types))]
    public void PaddingOnTheRightChangesNothing(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        var ids = TinyModels.Ids(1, 9);
        var alone = model.Forward(new DenoiserInput(ids));
        var padded = model.Forward(Padded(ids, left: 0, right: 5));
        Close(alone, padded.narrow(1, 0, 9));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void PaddingOnTheLeftChangesNothingGivenThePositions(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        var ids = TinyModels.Ids(1, 9);
        var first = type == "roberta" ? TinyModels.PaddingId + 1 : 0;
        var positions = cat([zeros(5, ScalarType.Int64), arange(9) + first]).unsqueeze(0);
        var alone = model.Forward(new DenoiserInput(ids));
        var padded = model.Forward(Padded(ids, left: 5, right: 0) with { PositionIds = positions });
        Close(alone, padded.narrow(1, 5, 9));
    }

    [Fact]
    public void RelativeAndCountedPositionsNeedNoHelpOnTheLeft()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var type in (string[])["modernbert", "roberta"])
        {
            using var model = TinyModels.Build(type);
            var ids = TinyModels.Ids(1, 9);
            Close(model.Forward(new DenoiserInput(ids)), model.Forward(Padded(ids, left: 5, right: 0)).narrow(1, 5, 9));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ARowDoesNotSeeItsNeighbours(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        var ids = TinyModels.Ids(4, 11);
        var together = model.Forward(new DenoiserInput(ids));
        for (var row = 0; row < 4; row++)
            Close(model.Forward(new DenoiserInput(ids.narrow(0, row, 1))), together.narrow(0, row, 1));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ChosenPositionsHaveTheLogitsOfAll(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        var input = new DenoiserInput(TinyModels.Ids(3, 11));
        var all = model.Forward(input);
        Assert.Equal([3L, 11, TinyModels.Vocabulary], all.shape);
        var rows = tensor(new long[] { 32, 0, 11, 11, 5 });
        var chosen = model.Forward(input with { LogitPositions = rows });
        Close(all.flatten(0, 1)[rows], chosen);
        Assert.Equal([0L, TinyModels.Vocabulary], model.Forward(input with { LogitPositions = rows.narrow(0, 0, 0) }).shape);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ChosenPositionsTrainAsAllDo(string type)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Build(type);
        var input = new DenoiserInput(TinyModels.Ids(2, 7));
        var rows = tensor(new long[] { 3, 12 });
        model.Forward(input).flatten(0, 1)[rows].square().sum().backward();
        var full = Gradients(model);
        model.zero_grad();
        model.Forward(input with { LogitPositions = rows }).square().sum().backward();
        var chosen = Gradients(model);
        Assert.NotEmpty(full);
        Assert.Equal(full.Keys, chosen.Keys);
        foreach (var (name, gradient) in full)
            Close(gradient, chosen[name], 1e-3f * Math.Max(1, gradient.abs().max().item<float>()));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void EveryParameterLearns(string type)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Build(type);
        model.Forward(new DenoiserInput(TinyModels.Ids(2, 12))).square().sum().backward();
        Assert.All(model.named_parameters(), item => Assert.True(item.parameter.grad is not null, item.name));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void DropoutActsInTrainingOnly(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        var input = new DenoiserInput(TinyModels.Ids(1, 8));
        Close(model.Forward(input), model.Forward(input), 0);
        model.train();
        Assert.True((model.Forward(input) - model.Forward(input)).abs().max().item<float>() > 1e-3);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Bfloat16IsCloseToFloat32(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        using var half = TinyModels.Build(type, dtype: ScalarType.BFloat16);
        var input = Padded(TinyModels.Ids(2, 9), left: 0, right: 3);
        var logits = half.Forward(input);
        Assert.Equal(ScalarType.BFloat16, logits.dtype);
        var expected = model.Forward(input).narrow(1, 0, 9);
        Close(expected, logits.to_type(ScalarType.Float32).narrow(1, 0, 9), 0.1f * expected.abs().max().item<float>());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void AForwardLeavesOneTensorBehind(string type)
    {
        using var model = TinyModels.Build(type);
        using var ids = TinyModels.Ids(2, 9);
        using var mask = ones_like(ids);
        using var rows = arange(4);
        using var noGrad = no_grad();
        var input = new DenoiserInput(ids, mask, LogitPositions: rows);
        model.Forward(input).Dispose();
        var before = Live();
        model.Forward(input).Dispose();
        model.Forward(input with { LogitPositions = null, AttentionMask = null }).Dispose();
        model.Encode(input).Dispose();
        Assert.Equal(before, Live());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void BuildingAndDisposingLeavesNothingBehind(string type)
    {
        TinyModels.Build(type).Dispose();
        var before = Live();
        TinyModels.Build(type).Dispose();
        Assert.Equal(before, Live());
    }

    [Fact]
    public void ASequenceBeyondThePositionTableIsAnError()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Build("bert");
        var error = Assert.Throws<DllmException>(() => model.Forward(new DenoiserInput(TinyModels.Ids(1, 35))));
        Assert.Contains("35 tokens but the model has positions for 34", error.Message);
        using var counted = TinyModels.Build("roberta");
        Assert.Equal(32, counted.MaxPositions);
        Assert.Equal(32, counted.Forward(new DenoiserInput(TinyModels.Ids(1, 32))).size(1));
    }

    private static long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static DenoiserInput Padded(Tensor ids, int left, int right)
    {
        var before = full([ids.size(0), left], TinyModels.PaddingId, ScalarType.Int64);
        var after = full([ids.size(0), right], TinyModels.PaddingId, ScalarType.Int64);
        return new DenoiserInput(
            cat([before, ids, after], 1), cat([zeros_like(before), ones_like(ids), zeros_like(after)], 1));
    }

    private static Dictionary<string, Tensor> Gradients(Denoiser model) => model.named_parameters()
        .Where(item => item.parameter.grad is not null).ToDictionary(item => item.name, item => item.parameter.grad!.clone());

    private static void Close(Tensor expected, Tensor actual, float tolerance = Tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, tolerance);
    }
}
