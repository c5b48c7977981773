using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>down(act(gate(x)) · up(x)) with the names of Llama's layout (Shazeer, 2020).</summary>
public sealed class GatedMlp : FeedForward
{
    [ComponentName(Name = "gate_proj")] private readonly Linear _gate;
    [ComponentName(Name = "up_proj")] private readonly Linear _up;
    [ComponentName(Name = "down_proj")] private readonly Linear _down;
    private readonly Activation _activation;

    /// <summary>Sets memory aside for maps of <paramref name="width"/> to <paramref name="innerWidth"/> features and back.</summary>
    public GatedMlp(int width, int innerWidth, Activation activation, bool bias, ScalarType dtype, Device device)
        : base(nameof(GatedMlp))
    {
        _gate = new Linear(width, innerWidth, bias, dtype, device);
        _up = new Linear(width, innerWidth, bias, dtype, device);
        _down = new Linear(innerWidth, width, bias, dtype, device);
        _activation = activation;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var gated = _activation.Gate(_gate.Forward(hidden), _up.Forward(hidden)); // [..., F]
        return _down.Forward(gated).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Initialize(Generator generator, double deviation)
    {
        _gate.Initialize(generator, deviation);
        _up.Initialize(generator, deviation);
        _down.Initialize(generator, deviation);
    }
}
