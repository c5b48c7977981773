using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Layers;

/// <summary>Layer normalisation over the last dimension (Ba et al., 2016), with or without an offset.</summary>
public sealed class LayerNorm : Normalization
{
    [ComponentName(Name = "weight")] private readonly Parameter? _weight;
    [ComponentName(Name = "bias")] private readonly Parameter? _bias;
    private readonly double _epsilon;
    private readonly long[] _shape;

    /// <summary>Sets memory aside for the scale [width], unless it is not wanted, and, if wanted, the offset [width].</summary>
    public LayerNorm(int width, double epsilon, bool bias, ScalarType dtype, Device device, bool scale = true)
        : base(nameof(LayerNorm))
    {
        _weight = scale ? new Parameter(empty(width, dtype: dtype, device: device)) : null;
        _bias = bias ? new Parameter(empty(width, dtype: dtype, device: device)) : null;
        _epsilon = epsilon;
        _shape = [width];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Parameter? Weight => _weight;

    /// <inheritdoc/>
    public override Parameter? Bias => _bias;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => nn.functional.layer_norm(input, _shape, _weight, _bias, _epsilon);
}
