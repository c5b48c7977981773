using Dllm.Checkpoints;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>Edit-Flow heads over every base.</summary>
public class EditFlowTests
{
    private const float Tolerance = 2e-4f;

    public static TheoryData<string> Types => [.. EditFlowLayout.All.Select(layout => layout.ModelType)];

    [Theory]
    [MemberData(nameof(Types))]
    public void TheBasesNamesStayAndTheHeadsComeBeside(string type)
    {
        using var model = Build(type);
        using var inner = BuildBase(type);
        var added = model.state_dict().Keys.Except(inner.state_dict().Keys).Order(StringComparer.Ordinal).ToList();
        string[] weights = ["ins_logits.weight", "rate_heads.0.bias", "rate_heads.0.weight", "sub_logits.weight"];
        Assert.Equal(weights, added.Where(key => key is not ("ins_logits.bias" or "sub_logits.bias")));
        Assert.Empty(inner.state_dict().Keys.Except(model.state_dict().Keys));
        Assert.Equal(inner.TiedWeights, model.TiedWeights);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void RatesAndLogitsHaveTheirShapesAndRanges(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(type);
        using var prediction = Predict(model, new DenoiserInput(TinyModels.Ids(2, 7)));
        foreach (var rates in Rates(prediction))
        {
            Assert.Equal([2L, 7], rates.shape);
            Assert.True(rates.ge(0).all().item<bool>());
        }

        var rows = tensor(new long[] { 13, 7, 0, 3, 3 });
        foreach (var logits in (Func<Tensor?, Tensor>[])[prediction.SubstitutionLogits, prediction.InsertionLogits])
        {
            Assert.Equal([2L, 7, TinyModels.Vocabulary], logits(null).shape);
            Close(logits(null).flatten(0, 1)[rows], logits(rows));
            Assert.Equal([0L, TinyModels.Vocabulary], logits(rows.narrow(0, 0, 0)).shape);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void PaddingAndNeighboursChangeNothing(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(type);
        var ids = TinyModels.Ids(1, 7);
        using var alone = Predict(model, new DenoiserInput(ids));
        var padded = cat([ids, full([1, 4], TinyModels.PaddingId, ScalarType.Int64)], 1);
        var mask = cat([ones([1, 7], ScalarType.Int64), zeros([1, 4], ScalarType.Int64)], 1);
        var neighbour = TinyModels.Ids(1, 11, seed: 5);
        using var together = Predict(
            model, new DenoiserInput(cat([padded, neighbour]), cat([mask, ones([1, 11], ScalarType.Int64)])));
        foreach (var (one, many) in Rates(alone).Zip(Rates(together)))
            Close(one, many.narrow(0, 0, 1).narrow(1, 0, 7));
        Close(alone.SubstitutionLogits(), together.SubstitutionLogits().narrow(0, 0, 1).narrow(1, 0, 7));
        Close(alone.InsertionLogits(), together.InsertionLogits().narrow(0, 0, 1).narrow(1, 0, 7));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void TheRawLogitsAreTheBases(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(type);
        using var inner = BuildBase(type); // draws the same, for the heads come last
        var input = new DenoiserInput(TinyModels.Ids(1, 7));
        Close(inner.Forward(input), model.Forward(input));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void TheHeadsLearnAndSaveAndLoad(string type)
    {
        using var scope = NewDisposeScope();
        using var model = Build(type);
        using (var prediction = Predict(model, new DenoiserInput(TinyModels.Ids(2, 6))))
        {
            var loss = Rates(prediction).Aggregate(zeros(1), (sum, rates) => sum + rates.sum());
            (loss + prediction.SubstitutionLogits().square().sum() + prediction.InsertionLogits().square().sum()).backward();
        }

        foreach (var key in (string[])["sub_logits.weight", "ins_logits.weight", "rate_heads.0.weight"])
            Assert.NotNull(model.named_parameters().Single(item => item.name == key).parameter.grad);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), Config(type).ToJson());
        using var first = PretrainedModel.FromConfig(folder.Path, new Generator(3));
        first.Save(folder.Path);
        using var second = PretrainedModel.Load(folder.Path);
        var (expected, actual) = (first.Denoiser.state_dict(), second.Denoiser.state_dict());
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, item => Assert.Equal(item.Value.data<float>().ToArray(), actual[item.Key].data<float>().ToArray()));
        Assert.IsAssignableFrom<IEditDenoiser>(second.Denoiser);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void APredictionDisposedLeavesNothingBehind(string type)
    {
        using var noGrad = no_grad();
        using var model = Build(type);
        using var ids = TinyModels.Ids(1, 5);
        using var rows = tensor(new long[] { 2 });
        long before = 0;
        for (var i = 0; i < 2; i++)
        {
            before = i == 0 ? before : DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using var prediction = Predict(model, new DenoiserInput(ids));
            prediction.SubstitutionLogits(rows).Dispose();
            prediction.InsertionLogits().Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static EditPrediction Predict(Denoiser model, DenoiserInput input) => ((IEditDenoiser)model).Predict(input, null);

    private static Tensor[] Rates(EditPrediction prediction) =>
        [prediction.SubstitutionRates, prediction.DeletionRates, prediction.InsertionRates];

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, Tolerance);
    }

    private static string BaseOf(string type) => EditFlowLayout.All.Single(layout => layout.ModelType == type).BaseType;

    private static JsonConfig Config(string type) =>
        JsonConfig.Parse(TinyModels.Config(BaseOf(type)), "config.json").With("model_type", type);

    private static Denoiser BuildBase(string type) => TinyModels.Build(BaseOf(type));

    private static Denoiser Build(string type)
    {
        var model = ModelFamilies.For(type).Build(Config(type), ScalarType.Float32, CPU);
        using var generator = new Generator(0);
        model.Initialize(generator);
        model.eval();
        return model;
    }
}
