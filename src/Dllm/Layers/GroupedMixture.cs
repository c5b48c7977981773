using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Layers;

/// <summary>
/// A mixture of gated MLPs behind a sigmoid router that first chooses groups of experts (DeepSeek-AI, 2024), with MLPs besides that every
/// token passes through; the names are those of Bailing-MoE's layout.
/// </summary>
public sealed class GroupedMixture : FeedForward
{
    [ComponentName(Name = "gate")] private readonly GroupedGate _gate;
    [ComponentName(Name = "experts")] private readonly ModuleList<GatedMlp> _experts;
    [ComponentName(Name = "shared_experts")] private readonly GatedMlp? _shared;
    private readonly MixtureShape _shape;

    /// <summary>Sets memory aside for the router and the experts.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="choice">How the router chooses.</param>
    /// <param name="shared">Number of experts that every token passes through, laid out as one MLP; null for none.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    public GroupedMixture(MixtureShape shape, GroupedChoice choice, int? shared, ScalarType dtype, Device device)
        : base(nameof(GroupedMixture))
    {
        _shape = shape;
        _gate = new GroupedGate(shape, choice, dtype, device);
        _experts = MixtureOfExperts.Build(shape, dtype, device);
        _shared = shared is { } count
            ? new GatedMlp(shape.Width, shape.InnerWidth * count, shape.Activation, bias: false, dtype, device)
            : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var tokens = hidden.reshape(-1, _shape.Width); // [N, D]
        var mixed = MixtureOfExperts.Apply(tokens, _gate.Route(tokens), _experts); // [N, D]
        if (_shared is not null)
            mixed = mixed + _shared.Forward(tokens);
        return mixed.view_as(hidden).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Initialize(Generator generator, double deviation)
    {
        _gate.Initialize(generator);
        foreach (var expert in _experts)
            expert.Initialize(generator, deviation);
        _shared?.Initialize(generator, deviation);
    }
}

/// <summary>How a <see cref="GroupedMixture"/> chooses experts.</summary>
/// <param name="Groups">Groups of neighbouring experts (G): a divisor of E, each of two experts at least.</param>
/// <param name="KeptGroups">Groups that a token's experts are chosen from; together they hold k experts at least.</param>
/// <param name="Scale">Factor of the weights, whose sum is 1 before.</param>
public readonly record struct GroupedChoice(int Groups, int KeptGroups, double Scale);

/// <summary>The router: it works in float32 whatever the model's type is.</summary>
internal sealed class GroupedGate : nn.Module
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "expert_bias")] private readonly Tensor _bias;
    private readonly MixtureShape _shape;
    private readonly GroupedChoice _choice;

    public GroupedGate(MixtureShape shape, GroupedChoice choice, ScalarType dtype, Device device)
        : base(nameof(GroupedGate))
    {
        _shape = shape;
        _choice = choice;
        _weight = new Parameter(empty(shape.Experts, shape.Width, dtype: dtype, device: device));
        _bias = zeros(shape.Experts, ScalarType.Float32, device); // a buffer, which no optimiser moves
        RegisterComponents();
    }

    public ExpertRouting Route(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var wide = tokens.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var logits = nn.functional.linear(tokens.to_type(wide), _weight.to_type(wide)); // [N, E]
        var routing = ExpertRouting.GroupedSigmoid(logits, _bias, _shape.PerToken, _choice.Groups, _choice.KeptGroups, _choice.Scale);
        return new(routing.Experts.MoveToOuterDisposeScope(), routing.Weights.MoveToOuterDisposeScope());
    }

    public void Initialize(Generator generator)
    {
        Initialization.Uniform(_weight, 1 / Math.Sqrt(_shape.Width), generator);
        Initialization.Constant(_bias, 0);
    }
}
