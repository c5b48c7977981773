using Dllm.Checkpoints;
using Dllm.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Checkpoints;

public class StateDictTests
{
    [Fact]
    public void EveryFaultIsInOneMessage()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = Target(ScalarType.Float32);
        var error = Refused(folder, module, new()
        {
            ["weight"] = ones(3), // torch's own loader would broadcast it into [2, 3]
            ["extra"] = ones(1),
        });
        Assert.Contains("3 differences", error);
        Assert.Contains("missing 'bias'", error);
        Assert.Contains("unexpected 'extra'", error);
        Assert.Contains("'weight' is [3] but must be [2, 3]", error);
    }

    [Fact]
    public void NothingIsLoadedUnlessAllFits()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = Target(ScalarType.Float32);
        Refused(folder, module, new() { ["weight"] = ones(2, 3), ["bias"] = ones(3) });
        Assert.Equal(0, module.Weight.sum().item<float>());
    }

    [Fact]
    public void IntegersAreNoWeights()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = Target(ScalarType.Float32);
        var error = Refused(folder, module, new() { ["weight"] = ones(2, 3, ScalarType.Int64), ["bias"] = ones(2) });
        Assert.Contains("'weight' holds I64 but must hold Float32", error);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void FloatsAreConverted(ScalarType wanted)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = Target(wanted);
        var parameter = module.Weight;
        Assert.Empty(Load(folder, module, new() { ["weight"] = full([2, 3], 1.00390625f), ["bias"] = ones(2, ScalarType.Float16) }));
        Assert.Equal(wanted, module.Weight.dtype);
        Assert.Equal(wanted == ScalarType.Float32 ? 1.00390625 : 1.0, module.Weight[1, 2].ToDouble());
        Assert.Same(parameter, module.Weight);
        Assert.True(module.Weight.requires_grad);
    }

    [Fact]
    public void LoadedWeightsTrainWithoutTouchingTheFile()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = Target(ScalarType.Float32);
        Load(folder, module, new() { ["weight"] = ones(2, 3), ["bias"] = ones(2) });
        var before = File.ReadAllBytes(folder.File("model.safetensors"));
        using var optimizer = optim.SGD(module.parameters(), 1.0);
        module.Forward(ones(1, 3)).sum().backward();
        optimizer.step();
        Assert.Equal(0, module.Weight.sum().item<float>());
        Assert.Equal(before, File.ReadAllBytes(folder.File("model.safetensors")));
    }

    [Fact]
    public void OldNamesOfNormsAreUnderstood()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = new LayerNorm(2, 1e-5, true, ScalarType.Float32, CPU);
        using var root = new Holder(module);
        Load(folder, root, new() { ["LayerNorm.gamma"] = full([2], 3f), ["LayerNorm.beta"] = full([2], 4f) });
        Assert.Equal(3, module.Weight![0].item<float>());
        Assert.Equal(4, module.Bias![0].item<float>());
        var twice = Refused(
            folder, root, new() { ["LayerNorm.gamma"] = ones(2), ["LayerNorm.weight"] = ones(2), ["LayerNorm.beta"] = ones(2) });
        Assert.Contains("there twice", twice);
    }

    [Fact]
    public void ATiedTensorMayHaveEitherNameOrBoth()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = Target(ScalarType.Float32);
        TiedWeight[] tied = [new("decoder.weight", "weight")];
        foreach (var names in (string[][])[["weight"], ["decoder.weight"], ["weight", "decoder.weight"]])
        {
            var tensors = names.ToDictionary(name => name, _ => full([2, 3], 5f));
            tensors["bias"] = ones(2);
            Load(folder, module, tensors, tied);
            Assert.Equal(30, module.Weight.sum().item<float>());
        }

        var error = Refused(folder, module, new() { ["weight"] = ones(2, 3), ["decoder.weight"] = ones(1), ["bias"] = ones(2) }, tied);
        Assert.Contains("'decoder.weight' is [1]", error);
    }

    [Fact]
    public void IgnoredKeysArePassedOverAndNoOthers()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = Target(ScalarType.Float32);
        Load(folder, module, new() { ["weight"] = ones(2, 3), ["bias"] = ones(2), ["pooler.dense.weight"] = ones(1) }, ignored: ["pooler"]);
        var error = Refused(
            folder, module, new() { ["weight"] = ones(2, 3), ["bias"] = ones(2), ["poolers"] = ones(1) }, ignored: ["pooler"]);
        Assert.Contains("unexpected 'poolers'", error);
    }

    [Fact]
    public void WeightsThatAreNotFiniteGiveAWarning()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var module = Target(ScalarType.Float32);
        var warnings = Load(folder, module, new() { ["weight"] = full([2, 3], float.NaN), ["bias"] = ones(2) });
        Assert.Contains("1 of 2 tensors", Assert.Single(warnings));
        Assert.Contains("weight", warnings[0]);
    }

    private static Linear Target(ScalarType dtype)
    {
        var module = new Linear(3, 2, true, dtype, CPU);
        Initialization.Constant(module.Weight, 0);
        Initialization.Constant(module.Bias, 0);
        return module;
    }

    private static IReadOnlyList<string> Load(
        TemporaryFolder folder, nn.Module module, Dictionary<string, Tensor> tensors, TiedWeight[]? tied = null, string[]? ignored = null)
    {
        SafetensorsWriter.Write(folder.File("model.safetensors"), tensors);
        using var reader = CheckpointReader.Open(folder.Path);
        return StateDict.LoadStrict(module, reader, tied ?? [], ignored ?? []);
    }

    private static string Refused(
        TemporaryFolder folder,
        nn.Module module,
        Dictionary<string, Tensor> tensors,
        TiedWeight[]? tied = null,
        string[]? ignored = null) =>
        Assert.Throws<DllmException>(() => Load(folder, module, tensors, tied, ignored)).Message;

    private sealed class Holder : nn.Module
    {
        public Holder(LayerNorm norm)
            : base(nameof(Holder)) => register_module("LayerNorm", norm);
    }
}
