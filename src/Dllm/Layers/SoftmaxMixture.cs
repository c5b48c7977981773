using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>A mixture of gated MLPs behind a softmax router, with the names of Qwen3-MoE's layout.</summary>
public sealed class SoftmaxMixture : FeedForward
{
    [ComponentName(Name = "gate")] private readonly Linear _gate;
    [ComponentName(Name = "experts")] private readonly ModuleList<GatedMlp> _experts;
    [ComponentName(Name = "expert_bias")] private readonly Tensor? _bias;
    private readonly MixtureShape _shape;
    private readonly bool _renormalises;

    /// <summary>Sets memory aside for the router and the experts.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="renormalises">Whether the weights of a token's experts are scaled to a sum of 1.</param>
    /// <param name="bias">Whether an offset [E] is added to the probabilities: a buffer in float32, which no optimiser moves.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    public SoftmaxMixture(MixtureShape shape, bool renormalises, bool bias, ScalarType dtype, Device device)
        : base(nameof(SoftmaxMixture))
    {
        _shape = shape;
        _renormalises = renormalises;
        _gate = new Linear(shape.Width, shape.Experts, bias: false, dtype, device);
        _experts = MixtureOfExperts.Build(shape, dtype, device);
        _bias = bias ? zeros(shape.Experts, ScalarType.Float32, device) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var tokens = hidden.reshape(-1, _shape.Width); // [N, D]
        var routing = ExpertRouting.Softmax(_gate.Forward(tokens), _shape.PerToken, _renormalises, _bias);
        return MixtureOfExperts.Apply(tokens, routing, _experts).view_as(hidden).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Initialize(Generator generator, double deviation)
    {
        _gate.Initialize(generator, deviation);
        foreach (var expert in _experts)
            expert.Initialize(generator, deviation);
        Initialization.Constant(_bias, 0);
    }
}
