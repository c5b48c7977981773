using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

public class PackedWeightTests
{
    // 200: more rows than packed kernels are used for on every processor; outputs that are no whole tiles of any kernel.
    [Theory]
    [InlineData(1, 384, 400)]
    [InlineData(5, 384, 448)]
    [InlineData(200, 384, 400)]
    [InlineData(3, 513, 1000)]
    [InlineData(33, 384, 513)]
    public void ProductsAreTheSameToRounding(int rows, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (input, weight, bias) = (randn(2, rows, inputs), randn(outputs, inputs), randn(outputs));
        foreach (var (type, tolerance) in ((ScalarType, double)[])[(ScalarType.Float32, 1e-3), (ScalarType.BFloat16, 0.5)])
        {
            var (x, w, b) = (input.to_type(type), weight.to_type(type), bias.to_type(type));
            var product = new MatrixProduct { Packs = true };
            var expected = nn.functional.linear(x, w).@float();
            Assert.Equal(0, (product.Apply(x, w, null).@float() - expected).abs().max().item<float>(), tolerance);
            Assert.Equal(0, (product.Apply(x, w, b).@float() - expected - b.@float()).abs().max().item<float>(), tolerance);
            product.Packs = false;
        }
    }

    [Fact]
    public void NoRowsGiveNoRows()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var product = new MatrixProduct { Packs = true };
        Assert.Equal([0, 400], product.Apply(zeros(0, 384), randn(400, 384), null).shape);
    }

    [Fact]
    public void ALibtorchForThisProcessorHasTheOperators() => Assert.True(OneDnnProducts.AreAvailable);

    [Theory]
    [InlineData("modernbert")]
    [InlineData("bert")]
    [InlineData("a2d-llama")]
    public void AModelPredictsTheSameAndKeepsItsNames(string type)
    {
        using var scope = NewDisposeScope();
        using var model = Wide(type);
        var input = new DenoiserInput(TinyModels.Ids(2, 7));
        string[] names = [.. model.state_dict().Keys];
        using var noGrad = no_grad();
        var plain = model.Forward(input);
        model.PacksWeights = true;
        Assert.InRange(((model.Forward(input) - plain).abs().max() / plain.abs().max()).item<float>(), 0, 1e-4f);
        Assert.Equal(names, model.state_dict().Keys);
    }

    [Fact]
    public void TrainingForgetsThem()
    {
        using var scope = NewDisposeScope();
        using var model = Wide("modernbert");
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
        using (var model = Wide("modernbert"))
        {
            model.PacksWeights = true;
            using var ids = TinyModels.Ids(1, 4);
            for (var i = 0; i < 3; i++)
                model.Forward(new DenoiserInput(ids)).Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Matrices large enough that packing them pays.
    private static Denoiser Wide(string type)
    {
        var config = JsonConfig.Parse(TinyModels.Config(type), "config.json").With("hidden_size", 512).With("intermediate_size", 512);
        var model = (Denoiser)ModelFamilies.For(type).Build(config, ScalarType.Float32, CPU);
        using var generator = new Generator(3);
        model.Initialize(generator);
        model.eval();
        return model;
    }
}
