using Dllm.Layers.Kernels;
using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Layers;

/// <summary>
/// Root-mean-square normalisation (Zhang and Sennrich, 2019): x / √(mean(x²) + ε) in float32 at least, back to the type of x, then scaled.
/// </summary>
public sealed class RmsNorm : Normalization
{
    [ComponentName(Name = "weight")] private readonly Parameter? _weight;
    [ComponentName(Name = "bias")] private readonly Parameter? _bias;
    private readonly double _epsilon;
    private readonly bool _addsOne;

    /// <summary>Sets memory aside for the scale and offset that are wanted.</summary>
    /// <param name="width">Length of the vectors.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    /// <param name="scale">Whether there is a scale.</param>
    /// <param name="bias">Whether there is an offset.</param>
    /// <param name="addsOne">Whether the scale is 1 + weight, as in Gemma.</param>
    public RmsNorm(
        int width, double epsilon, ScalarType dtype, Device device, bool scale = true, bool bias = false, bool addsOne = false)
        : base(nameof(RmsNorm))
    {
        _weight = scale ? new Parameter(empty(width, dtype: dtype, device: device)) : null;
        _bias = bias ? new Parameter(empty(width, dtype: dtype, device: device)) : null;
        _epsilon = epsilon;
        _addsOne = addsOne;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Parameter? Weight => _weight;

    /// <inheritdoc/>
    public override Parameter? Bias => _bias;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        if (_bias is null && !_addsOne && CpuKernels.CanNormalise(input, _weight))
            return CpuKernels.RootMeanSquareNorm(input, _weight, _epsilon);
        using var scope = NewDisposeScope();
        var isNarrow = input.dtype is ScalarType.BFloat16 or ScalarType.Float16;
        var wide = isNarrow ? input.to_type(ScalarType.Float32) : input;
        var normed = wide * wide.square().mean([-1], keepdim: true).add_(_epsilon).rsqrt_(); // [..., width]
        if (isNarrow)
            normed = normed.to_type(input.dtype);
        if (_weight is not null)
            normed = normed * (_addsOne ? _weight + 1 : _weight);
        if (_bias is not null)
            normed = normed + _bias;
        return normed.MoveToOuterDisposeScope();
    }
}
