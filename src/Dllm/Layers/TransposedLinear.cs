using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Layers;

/// <summary>y = x·W + b with <c>weight</c> [in, out] and <c>bias</c> [out]: how GPT-2's checkpoints lie.</summary>
public sealed class TransposedLinear : nn.Module
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    /// <summary>Sets memory aside for a map of <paramref name="inputs"/> to <paramref name="outputs"/> features.</summary>
    public TransposedLinear(int inputs, int outputs, ScalarType dtype, Device device)
        : base(nameof(TransposedLinear))
    {
        _weight = new Parameter(empty(inputs, outputs, dtype: dtype, device: device));
        _bias = new Parameter(empty(outputs, dtype: dtype, device: device));
        RegisterComponents();
    }

    /// <summary>Draws fresh weights: normal with this deviation, the offset 0.</summary>
    public void Initialize(Generator generator, double deviation)
    {
        Initialization.Normal(_weight, deviation, generator);
        Initialization.Constant(_bias, 0);
    }

    /// <summary>[..., in] → [..., out].</summary>
    public Tensor Forward(Tensor input)
    {
        using var transposed = _weight.t();
        return nn.functional.linear(input, transposed, _bias);
    }
}
