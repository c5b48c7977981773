using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Models;

/// <summary>LLaDA 2.x: what it sees by default, by masks and through a cache; its configuration's edges.</summary>
public class Llada2Tests
{
    private const float Tolerance = 2e-4f;
    private const int Block = 4;

    [Fact]
    public void WithoutPaddingATokenSeesAllAndWithPaddingThoseBefore()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build("llada2_moe");
        var ids = TinyModels.Ids(1, 10);
        var input = new DenoiserInput(ids);
        Close(model.Forward(input), model.Forward(input with { AttentionMask = ones([1, 1, 10, 10], ScalarType.Bool) }));
        Close(model.Forward(input), model.Forward(input with { AttentionMask = ones([1, 10], ScalarType.Int64) }));
        var padding = arange(10).lt(8).to_type(ScalarType.Int64).unsqueeze(0);
        var causal = ones([10, 10], ScalarType.Bool).tril().unsqueeze(0).unsqueeze(0);
        Close(
            model.Forward(input with { AttentionMask = causal }).narrow(1, 0, 8),
            model.Forward(input with { AttentionMask = padding }).narrow(1, 0, 8));
    }

    [Fact]
    public void BooleanAndAdditiveMasksAgreeAndBlindRowsAreFinite()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build("llada2_moe");
        var mask = BlockMask(12);
        mask[0, 0, 3] = false; // sees nothing
        var additive = zeros([1, 1, 12, 12]).masked_fill(mask.logical_not(), float.NegativeInfinity);
        var input = new DenoiserInput(TinyModels.Ids(2, 12));
        var boolean = model.Forward(input with { AttentionMask = mask });
        Assert.True(boolean.isfinite().all().item<bool>());
        Close(boolean, model.Forward(input with { AttentionMask = additive }));
    }

    [Fact]
    public void BlocksAndPaddingDoNotSeeTheirNeighboursRows()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build("llada21_moe");
        var ids = TinyModels.Ids(3, 12);
        var together = model.Forward(new DenoiserInput(ids, BlockMask(12)));
        for (var row = 0; row < 3; row++)
            Close(model.Forward(new DenoiserInput(ids.narrow(0, row, 1), BlockMask(12))), together.narrow(0, row, 1));
        Close(model.Forward(new DenoiserInput(ids.narrow(1, 0, 8), BlockMask(8))), together.narrow(1, 0, 8)); // later blocks are not seen
        var left = zeros([1, 1, 14, 14], ScalarType.Bool); // two of padding on the left
        left[TensorIndex.Ellipsis, 2.., 2..] = BlockMask(12);
        var positions = cat([zeros(2, ScalarType.Int64), arange(12)]).unsqueeze(0);
        var padded = cat([full([3, 2], TinyModels.PaddingId, ScalarType.Int64), ids], 1);
        Close(together, model.Forward(new DenoiserInput(padded, left, positions)).narrow(1, 2, 12));
    }

    [Fact]
    public void ACachedPrefixGivesWhatTheWholeGives()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyModels.Build("llada2_moe");
        using var cache = new KvCache();
        var ids = TinyModels.Ids(2, 12);
        var whole = model.Forward(new DenoiserInput(ids, BlockMask(12)));
        for (var start = 0; start < 12; start += Block)
        {
            var rows = BlockMask(12).narrow(2, start, Block).narrow(3, 0, start + Block);
            Close(whole.narrow(1, start, Block), model.Forward(new DenoiserInput(ids.narrow(1, start, Block), rows, Cache: cache)));
        }
    }

    [Fact]
    public void ChosenPositionsHaveTheLogitsOfAllAndEveryParameterLearns()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Build("llada2_moe");
        var input = new DenoiserInput(TinyModels.Ids(2, 9), ones([1, 1, 9, 9], ScalarType.Bool));
        var rows = tensor(new long[] { 17, 0, 9, 9 });
        Close(model.Forward(input).flatten(0, 1)[rows], model.Forward(input with { LogitPositions = rows }));
        model.Forward(input with { LogitPositions = rows }).square().sum().backward();
        Assert.All(model.named_parameters(), item => Assert.True(item.parameter.grad is not null, item.name));
    }

    [Theory]
    [InlineData("num_experts", 7, "over n_group")]
    [InlineData("n_group", 8, "at least 2")]
    [InlineData("topk_group", 5, "from 1 to 4")]
    [InlineData("num_experts_per_tok", 5, "is more than topk_group 2 groups hold: 4")]
    [InlineData("num_key_value_heads", 3, "not a multiple")]
    public void AWrongConfigurationNamesTheKey(string key, int value, string expected)
    {
        var json = JsonConfig.Parse(TinyModels.Config("llada2_moe"), "config.json").With(key, value);
        var error = Assert.Throws<DllmException>(() => ModelFamilies.For("llada2_moe").Build(json, ScalarType.Float32, CPU));
        Assert.Contains(key, error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void WithoutExpertsEveryLayerIsDense()
    {
        var json = JsonConfig.Parse(
            """
            {"model_type":"llada2_moe","vocab_size":50,"hidden_size":16,"intermediate_size":24,"num_hidden_layers":2,
             "num_attention_heads":2,"num_key_value_heads":1,"num_experts":null}
            """,
            "config.json");
        using var model = ModelFamilies.For("llada2_moe").Build(json, ScalarType.Float32, new Device(DeviceType.META));
        Assert.DoesNotContain(model.state_dict().Keys, key => key.Contains("expert", StringComparison.Ordinal));
        Assert.Contains("model.layers.1.mlp.up_proj.weight", model.state_dict().Keys);
    }

    [Fact]
    public void TheExpertBiasIsABufferThatKeepsItsPrecisionAndIsSaved()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), TinyModels.Config("llada2_moe"));
        const string Key = "model.layers.1.mlp.gate.expert_bias";
        var values = new[] { 1e-4f, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f };
        using (var model = PretrainedModel.FromConfig(folder.Path, new Generator(1), ScalarType.BFloat16))
        {
            Assert.DoesNotContain(model.Denoiser.named_parameters(), item => item.name == Key);
            model.Denoiser.state_dict()[Key].copy_(tensor(values));
            model.Save(folder.Path);
        }

        using var again = PretrainedModel.Load(folder.Path, ScalarType.BFloat16);
        Assert.Equal(values, again.Denoiser.state_dict()[Key].data<float>().ToArray());
    }

    [Fact]
    public void AForwardLeavesOneTensorBehind()
    {
        using var noGrad = no_grad();
        using var model = TinyModels.Build("llada2_moe");
        using var ids = TinyModels.Ids(2, 6);
        using var mask = BlockMask(6);
        foreach (var input in (DenoiserInput[])[new(ids), new(ids, mask)])
        {
            model.Forward(input).Dispose();
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            model.Forward(input).Dispose();
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    /// <summary>Tokens see their own block and those before: [1, 1, T, T].</summary>
    private static Tensor BlockMask(int tokens)
    {
        using var scope = NewDisposeScope();
        var blocks = arange(tokens).div(Block, RoundingMode.floor);
        return blocks.unsqueeze(1).ge(blocks).unsqueeze(0).unsqueeze(0).MoveToOuterDisposeScope();
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, Tolerance);
    }
}
