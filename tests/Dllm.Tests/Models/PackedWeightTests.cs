using Dllm.Layers;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

public class PackedWeightTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(200)] // more rows than packed kernels are used for on every processor
    public void ProductsAreTheSameToRounding(int rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (input, weight, bias) = (randn(2, rows, 24), randn(40, 24), randn(40));
        var product = new MatrixProduct { Packs = true };
        var expected = nn.functional.linear(input, weight, bias);
        Assert.True(product.Apply(input, weight, bias).allclose(expected, 1e-5, 1e-5));
        Assert.True(product.Apply(input, weight, null).allclose(expected - bias, 1e-5, 1e-5));
        product.Packs = false;
    }

    [Fact]
    public void NoRowsGiveNoRows()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var product = new MatrixProduct { Packs = true };
        Assert.Equal([0, 40], product.Apply(zeros(0, 24), randn(40, 24), null).shape);
    }

    [Fact]
    public void ALibtorchForThisProcessorHasTheOperators() => Assert.True(OneDnnProducts.AreAvailable);

    [Theory]
    [MemberData(nameof(Types))]
    public void AModelPredictsTheSameAndKeepsItsNames(string type)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Build(type);
        var input = new DenoiserInput(TinyModels.Ids(2, 7));
        string[] names = [.. model.state_dict().Keys];
        using var noGrad = no_grad();
        var plain = model.Forward(input);
        model.PacksWeights = true;
        Assert.True(model.Forward(input).allclose(plain, 1e-4, 1e-4));
        Assert.Equal(names, model.state_dict().Keys);
    }

    public static TheoryData<string> Types => [.. TinyModels.Types];

    [Fact]
    public void TrainingForgetsThem()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Build("modernbert");
        var input = new DenoiserInput(TinyModels.Ids(1, 3));
        model.PacksWeights = true;
        using (no_grad())
            model.Forward(input);
        model.train();
        Assert.False(model.PacksWeights);
        model.eval();
        using var noGrad = no_grad();
        foreach (var parameter in model.parameters()) parameter.zero_();
        Assert.Equal(0, model.Forward(input).abs().max().item<float>());
    }

    [Fact]
    public void LoadedModelsLeaveNoTensorBehind()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        using (no_grad())
        using (var model = TinyModels.Build("modernbert"))
        {
            model.PacksWeights = true;
            using var ids = TinyModels.Ids(1, 4);
            for (var i = 0; i < 3; i++)
                model.Forward(new DenoiserInput(ids)).Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
