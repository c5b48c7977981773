using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Layers;

/// <summary>y = x·Wᵀ + b with the checkpoint's names <c>weight</c> [out, in] and <c>bias</c> [out].</summary>
/// <remarks>
/// Not TorchSharp's own module, whose constructor fills the weights from the process-wide generator: here memory is set aside and
/// loading or <see cref="Initialization"/> gives the values, so that opening a model draws no random numbers and costs no time.
/// </remarks>
public sealed class Linear : nn.Module, IMultiplies
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter? _bias;
    private readonly MatrixProduct _product = new();

    /// <summary>Sets memory aside for a map of <paramref name="inputs"/> to <paramref name="outputs"/> features.</summary>
    public Linear(int inputs, int outputs, bool bias, ScalarType dtype, Device device)
        : base(nameof(Linear))
    {
        _weight = new Parameter(empty(outputs, inputs, dtype: dtype, device: device));
        _bias = bias ? new Parameter(empty(outputs, dtype: dtype, device: device)) : null;
        RegisterComponents();
    }

    /// <summary>The matrix: [out, in].</summary>
    public Parameter Weight => _weight;

    /// <summary>The offset [out], or null.</summary>
    public Parameter? Bias => _bias;

    /// <summary>Draws fresh weights: normal with this deviation, the offset 0.</summary>
    public void Initialize(Generator generator, double deviation)
    {
        Initialization.Normal(_weight, deviation, generator);
        Initialization.Constant(_bias, 0);
    }

    /// <summary>[..., in] → [..., out].</summary>
    public Tensor Forward(Tensor input) => _product.Apply(input, _weight, _bias);

    ProductKind IMultiplies.Products
    {
        set => _product.Kind = value;
    }
}
