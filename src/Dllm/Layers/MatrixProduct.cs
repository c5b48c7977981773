using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// x·Wᵀ + b of one matrix: torch's own product, or, once asked for and outside of training, one with the matrix packed or rounded at the
/// first use (held a second time).
/// </summary>
internal sealed class MatrixProduct
{
    // Measured on AVX2 (one core, 768 × 2304, f32): packed against plain 4.5 times at 1 row, 1.5 at 8, 1.1 at 16, 1.0 at 32, 0.9 from 64 on;
    // with AVX-512 the kernels for whole canvases are ahead too.
    private static readonly long MostRows = Avx512F.IsSupported ? long.MaxValue : 32;

    // A packed call costs 25 µs more: on the same core a loss below 384 × 384 (128 × 128: 0.2 to 0.5 times), from there on a gain from 4 rows.
    private const long LeastWeights = 384 * 384;

    private readonly record struct Attempt(Tensor? Packed); // a tensor that is a field of a module would become a buffer of the checkpoint

    private Attempt? _attempt;
    private Int8Matrix? _rounded;
    private ProductKind _kind;

    /// <summary>How products without a gradient are computed. Setting it forgets what was prepared: do so before the matrix changes.</summary>
    public ProductKind Kind
    {
        get => _kind;
        set
        {
            _kind = value;
            _attempt?.Packed?.Dispose();
            _rounded?.Dispose();
            (_attempt, _rounded) = (null, null);
        }
    }

    /// <summary>[..., in], [out, in], [out] → [..., out].</summary>
    public Tensor Apply(Tensor input, Tensor weight, Tensor? bias)
    {
        if (_kind == ProductKind.Plain || is_grad_enabled() || input.dtype != weight.dtype || input.NumberOfElements == 0)
            return nn.functional.linear(input, weight, bias);
        if (_kind == ProductKind.Int8 && Int8Matrix.CanMultiply(input))
            return (_rounded ??= new Int8Matrix(weight)).Multiply(input, bias);
        return _kind == ProductKind.Packed && Pays(input, weight) && Packed(weight) is { } packed
            ? OneDnnProducts.Linear(input, packed, bias, weight.size(0))
            : nn.functional.linear(input, weight, bias);
    }

    private static bool Pays(Tensor input, Tensor weight) =>
        weight.NumberOfElements >= LeastWeights && input.NumberOfElements / weight.size(1) <= MostRows;

    private Tensor? Packed(Tensor weight) => (_attempt ??= new Attempt(Pack(weight))).Packed;

    private static Tensor? Pack(Tensor weight) =>
        weight.device_type == DeviceType.CPU && weight.dtype is ScalarType.Float32 or ScalarType.BFloat16 && OneDnnProducts.AreAvailable
            ? OneDnnProducts.Pack(weight)?.DetachFromDisposeScope()
            : null;
}
