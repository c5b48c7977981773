using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

public class ProductKindTests
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
            var product = new MatrixProduct { Kind = ProductKind.Packed };
            var expected = nn.functional.linear(x, w).@float();
            Assert.Equal(0, (product.Apply(x, w, null).@float() - expected).abs().max().item<float>(), tolerance);
            Assert.Equal(0, (product.Apply(x, w, b).@float() - expected - b.@float()).abs().max().item<float>(), tolerance);
            product.Kind = ProductKind.Plain;
        }
    }

    [Theory]
    [InlineData(ProductKind.Packed)]
    [InlineData(ProductKind.Int8)]
    public void NoRowsGiveNoRows(ProductKind kind)
    {
        SkipWhereThereIsNoInt8(kind);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var product = new MatrixProduct { Kind = kind };
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
        model.Products = ProductKind.Packed;
        Assert.InRange(((model.Forward(input) - plain).abs().max() / plain.abs().max()).item<float>(), 0, 1e-4f);
        Assert.Equal(names, model.state_dict().Keys);
    }

    [Theory]
    [InlineData(ProductKind.Packed)]
    [InlineData(ProductKind.Int8)]
    public void TrainingForgetsThem(ProductKind kind)
    {
        SkipWhereThereIsNoInt8(kind);
        using var scope = NewDisposeScope();
        using var model = Wide("modernbert");
        var input = new DenoiserInput(TinyModels.Ids(1, 3));
        model.Products = kind;
        using (no_grad())
            model.Forward(input);
        model.train();
        Assert.Equal(ProductKind.Plain, model.Products);
        model.eval();
        using var noGrad = no_grad();
        foreach (var parameter in model.parameters()) parameter.zero_();
        Assert.Equal(0, model.Forward(input).abs().max().item<float>());
    }

    [Theory]
    [InlineData(ProductKind.Packed)]
    [InlineData(ProductKind.Int8)]
    public void LoadedModelsLeaveNoTensorBehind(ProductKind kind)
    {
        SkipWhereThereIsNoInt8(kind);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        using (no_grad())
        using (var model = Wide("modernbert"))
        {
            model.Products = kind;
            using var ids = TinyModels.Ids(1, 4);
            for (var i = 0; i < 3; i++)
                model.Forward(new DenoiserInput(ids)).Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Seven bits and a sign leave an error of 1/254 of the largest number at most, in the inputs and in the matrix.
    [Theory]
    [InlineData(1, 64, 16)]
    [InlineData(5, 100, 50)]
    [InlineData(200, 513, 1001)]
    [InlineData(3, 1, 1)]
    public void Int8IsTheProductOfWhatWasRounded(int rows, int inputs, int outputs)
    {
        SkipWhereThereIsNoInt8();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(4);
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            var (x, w, b) = (Normal(2, rows, inputs), Normal(outputs, inputs), Normal(outputs));
            x[0, 0] = 0; // a row of zeros
            w[0] = 0;
            var product = new MatrixProduct { Kind = ProductKind.Int8 };
            var exact = Rounded(x).matmul(Rounded(w).t());
            Near(exact, product.Apply(x, w, null));
            Near(exact + b.to_type(ScalarType.Float64), product.Apply(x, w, b));
            var alone = product.Apply(x[1].narrow(0, rows - 1, 1), w, b);
            Assert.True(alone[0].Equals(product.Apply(x, w, b)[1, rows - 1]), "a row's neighbours change it");
            product.Kind = ProductKind.Plain;
            Near(x.to_type(ScalarType.Float64).matmul(w.to_type(ScalarType.Float64).t()), product.Apply(x, w, null));

            Tensor Normal(params long[] shape) => randn(shape, generator: generator).to_type(type);

            void Near(Tensor expected, Tensor actual)
            {
                Assert.Equal((type, 3), (actual.dtype, (int)actual.dim()));
                var error = (actual.to_type(ScalarType.Float64) - expected).abs() / expected.abs().clamp_min(1);
                Assert.InRange(error.max().ToDouble(), 0, type == ScalarType.Float32 ? 1e-4 : 0.005);
            }
        }
    }

    // Rows scaled so that their largest magnitude is 127, rounded, and scaled back.
    private static Tensor Rounded(Tensor rows)
    {
        var wide = rows.to_type(ScalarType.Float32);
        var largest = wide.abs().amax([-1], keepdim: true);
        var values = (wide * (full_like(largest, 127) / largest).nan_to_num(0, 0, 0)).round();
        return values.to_type(ScalarType.Float64) * (largest / 127).to_type(ScalarType.Float64);
    }

    [Fact]
    public void Int8KeepsWhatIsNotFiniteInItsRow()
    {
        SkipWhereThereIsNoInt8();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, w) = (ones(4, 40), ones(8, 40));
        x[1, 39] = float.NaN;
        x[2, 3] = float.NegativeInfinity;
        x[3] = 3e38f;
        var product = new MatrixProduct { Kind = ProductKind.Int8 }.Apply(x, w, null);
        Assert.Equal(40, product[0, 0].ToDouble(), 1e-4);
        Assert.True(product[1].isnan().all().ToBoolean() && product[2].isnan().all().ToBoolean());
        Assert.True(product[3].isinf().all().ToBoolean());
    }

    [Theory]
    [InlineData("modernbert", 0.15)]
    [InlineData("a2d-llama", 0.15)]
    [InlineData("llada", 0.15)]
    [InlineData("llada2_moe", 0.3)] // its router may choose another expert
    public void AModelInInt8PredictsNearlyTheSame(string type, double tolerance)
    {
        SkipWhereThereIsNoInt8();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build(type);
        var input = new DenoiserInput(TinyModels.Ids(2, 7));
        var plain = model.Forward(input);
        model.Products = ProductKind.Int8;
        var rounded = model.Forward(input);
        Assert.InRange(((rounded - plain).norm() / plain.norm()).ToDouble(), 1e-6, tolerance); // not the same: it was rounded
        Assert.True(model.Forward(input).Equals(rounded));
    }

    [Fact]
    public void Int8IsRefusedWhereItCannotBeComputed()
    {
        var config = JsonConfig.Parse(TinyModels.Config("modernbert"), "config.json");
        using var half = (Denoiser)ModelFamilies.For("modernbert").Build(config, ScalarType.Float16, CPU);
        Assert.Contains("float32 or bfloat16", Assert.Throws<DllmException>(() => half.Products = ProductKind.Int8).Message, StringComparison.Ordinal);
        using var nowhere = (Denoiser)ModelFamilies.For("modernbert").Build(config, ScalarType.Float32, new Device(DeviceType.META));
        Assert.Contains("on the CPU only", Assert.Throws<DllmException>(() => nowhere.Products = ProductKind.Int8).Message, StringComparison.Ordinal);
        Assert.Equal((ProductKind.Plain, ProductKind.Plain), (half.Products, nowhere.Products));
    }

    private static void SkipWhereThereIsNoInt8(ProductKind kind = ProductKind.Int8)
    {
        using var noGrad = no_grad();
        Assert.SkipUnless(kind != ProductKind.Int8 || Int8Matrix.CanMultiply(zeros(1)), "this processor has no exact products in int8");
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
