using Dllm.Layers.Kernels;
using Dllm.Runtime;
using static TorchSharp.torch;

namespace Dllm.Layers;

/// <summary>
/// A matrix [out, in] rounded to eight bits: W ≈ s·Q, a scale s for each output, Q from -127 to 127. Inputs are rounded the same way row by
/// row as they come ("dynamic quantisation"), products are summed in int32 without rounding, and both scales are multiplied in behind them.
/// </summary>
internal sealed class Int8Matrix : IDisposable
{
    private const int ProbeInputs = 64;

    private const string Methods = """
          def multiply(self: __torch__.Script, a: Tensor, b: Tensor) -> Tensor:
            return torch._int_mm(a, b)

        """;

    private static readonly Lazy<jit.ScriptModule?> Script = new(() => SavedScript.Load(Methods));

    private static readonly Lazy<bool> Adds = new(AddsWithoutSaturation);

    private readonly Tensor _transposed; // [in, out], int8
    private readonly Tensor _scales; // [out], float32

    /// <summary>Rounds a matrix, float32 or bfloat16 on the CPU.</summary>
    public Int8Matrix(Tensor weight)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        NativeHeap.ReserveHugePages();
        var (values, scales) = CpuKernels.Quantize(weight.is_contiguous() ? weight : weight.contiguous());
        (_transposed, _scales) = (values.t().DetachFromDisposeScope(), scales.DetachFromDisposeScope());
    }

    /// <summary>
    /// Whether products of such numbers can be computed here: by kernels for this processor, whose sums neither wrap round nor stop at
    /// sixteen bits, as those of processors without VNNI may.
    /// </summary>
    public static bool CanMultiply(Tensor input) => CpuKernels.CanRun(input) && Adds.Value;

    /// <summary>x·Wᵀ + b: [..., in] → [..., out], in the type of x. A row that holds NaN or infinity becomes NaN.</summary>
    public Tensor Multiply(Tensor input, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var rows = input.reshape(-1, input.size(-1)); // [N, in]
        var (values, scales) = CpuKernels.Quantize(rows.is_contiguous() ? rows : rows.contiguous());
        var product = Product(values, _transposed); // [N, out], int32
        var shape = input.shape;
        shape[^1] = product.size(1);
        return CpuKernels.Dequantize(product, scales, _scales, bias, input.dtype).view(shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transposed.Dispose();
        _scales.Dispose();
    }

    private static Tensor Product(Tensor rows, Tensor transposed) => (Tensor)Script.Value!.Call("multiply", rows, transposed);

    // The largest sums there can be, in a product of few rows and in one of many.
    private static bool AddsWithoutSaturation()
    {
        if (Script.Value is null) return false;
        using var scope = NewDisposeScope();
        var matrix = full(ProbeInputs, 32, 127, ScalarType.Int8);
        return new[] { 1L, 64 }.All(count =>
            Product(full(count, ProbeInputs, 127, ScalarType.Int8), matrix).eq(127 * 127 * ProbeInputs).all().item<bool>());
    }
}
