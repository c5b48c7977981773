using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Tests.Layers;

/// <summary>What the layers and the loader lean on in TorchSharp. If an update breaks one of these, look where it is used.</summary>
public class TorchSharpFactsTests
{
    [Fact]
    public void ComponentNamesBecomeKeysAndListsAreNumbered()
    {
        using var module = new Parent();
        Assert.Equal(["list.0.w", "list.1.w", "own.w"], module.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ReplacingAParametersStorageKeepsTheParameter()
    {
        using var parameter = new TorchSharp.Modules.Parameter(zeros(2));
        using var source = ones(2);
        using (no_grad())
            parameter.set_(source);
        Assert.True(parameter.requires_grad);
        Assert.True(parameter.is_leaf);
        using var loss = (parameter * 3).sum();
        loss.backward();
        Assert.Equal([3f, 3f], parameter.grad!.data<float>().ToArray());
    }

    [Fact]
    public void MetaTensorsHaveShapesAndNoMemory()
    {
        using var huge = empty(1L << 40, device: new Device(DeviceType.META));
        Assert.Equal(1L << 40, huge.shape[0]);
    }

    [Fact]
    public void TruncatedNormalOfTorchSharpIsAConstant()
    {
        using var drawn = nn.init.trunc_normal_(empty(100));
        using var spread = drawn.max() - drawn.min();
        Assert.Equal(0, spread.item<float>()); // when this fails, TorchSharp has mended it and Initialization may use it
    }

    private sealed class Parent : nn.Module
    {
        [ComponentName(Name = "own")] private readonly Child _own = new();
        [ComponentName(Name = "list")] private readonly TorchSharp.Modules.ModuleList<Child> _children = new(new Child(), new Child());

        public Parent()
            : base(nameof(Parent)) => RegisterComponents();

        public int Count => _children.Count + (_own.training ? 1 : 0);
    }

    private sealed class Child : nn.Module
    {
        [ComponentName(Name = "w")] private readonly TorchSharp.Modules.Parameter _weight = new(zeros(1));

        public Child()
            : base(nameof(Child)) => RegisterComponents();

        public Tensor Weight => _weight;
    }
}
