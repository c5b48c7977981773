using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Layers.Kernels;

/// <summary>
/// What lies between a layer's matrix products, each in one pass over its data where libtorch has three to eight operators: at two threads
/// and in bfloat16 those took a quarter of a forward, most of it in calls and in waking threads. Inference on the CPU only, in float32 and
/// bfloat16: nothing here has a gradient. Sums are in float32, in an order that depends on a row's length alone.
/// </summary>
internal static unsafe partial class CpuKernels
{
    /// <summary>Off, libtorch's operators compute everything, over whole canvases: what benchmarks compare with.</summary>
    internal static bool AreOn { get; set; } = true;

    /// <summary>Whether the kernels can compute with such data here.</summary>
    public static bool CanRun(Tensor data) =>
        AreOn && Vector256.IsHardwareAccelerated && !is_grad_enabled() && data.device_type == DeviceType.CPU
        && data.dtype is ScalarType.Float32 or ScalarType.BFloat16;

    /// <summary>Whether they can turn such heads by such tables.</summary>
    public static bool CanRotate(Tensor heads, Tensor cos) =>
        CanRun(heads) && (cos.dtype == heads.dtype || cos.dtype == ScalarType.Float32) && cos.size(-1) == heads.size(-1) && heads.size(-1) % (2 * Lanes.Count) == 0
        && heads.dim() is 4 or 5 && heads.stride(-1) == 1 && cos.is_contiguous();

    /// <summary>Turns heads by their positions: see <see cref="Rotary"/>.</summary>
    /// <param name="heads">[(P,) B, H, T, K], of any layout whose features lie side by side.</param>
    /// <param name="cos">[T, K] or [B, 1, T, K], of the heads' type or in float32: heads are turned in that.</param>
    /// <param name="signedSin">The same shape and type.</param>
    /// <returns>The same shape, contiguous.</returns>
    public static Tensor Rotate(Tensor heads, Tensor cos, Tensor signedSin) =>
        heads.dtype != ScalarType.BFloat16 ? Rotate<Single, Single>(heads, cos, signedSin)
        : cos.dtype == ScalarType.BFloat16 ? Rotate<BFloat16, BFloat16>(heads, cos, signedSin)
        : Rotate<BFloat16, Single>(heads, cos, signedSin);

    private static Tensor Rotate<T, TTable>(Tensor heads, Tensor cos, Tensor signedSin)
        where T : unmanaged, IElement<T>
        where TTable : unmanaged, IElement<TTable>
    {
        var result = empty(heads.shape, heads.dtype);
        var (parts, partStep) = heads.dim() == 5 ? (heads.size(0), heads.stride(0)) : (1, 0);
        var (batch, count, tokens, width) = (heads.size(-4), heads.size(-3), heads.size(-2), heads.size(-1));
        var rotation = new Rotation<T, TTable>(
            Data<T>(heads), Data<TTable>(cos), Data<TTable>(signedSin), Data<T>(result), parts, batch, count, tokens, width,
            partStep, heads.stride(-4), heads.stride(-3), heads.stride(-2), cos.dim() == 4 && cos.size(0) > 1 ? cos.stride(0) : 0);
        Team.Run(rotation, batch * tokens, parts * count * width);
        return result;
    }

    /// <summary>softmax(scores · scale + mask) over the last dimension, in place; a row whose mask hides everything with -∞ becomes 0.</summary>
    /// <param name="scores">[B, H, T, S], contiguous.</param>
    /// <param name="mask">Additive [B or 1, 1, T or 1, S], of any type; null hides nothing.</param>
    /// <param name="scale">What scores are multiplied by first.</param>
    public static void Softmax(Tensor scores, Tensor? mask, double scale)
    {
        using var scope = NewDisposeScope();
        if (mask is not null && mask.dtype != scores.dtype) mask = mask.to_type(scores.dtype); // automatic mixed precision narrows scores only
        if (mask is not null && mask.stride(-1) != 1) mask = mask.contiguous();
        if (scores.dtype == ScalarType.BFloat16) Softmax<BFloat16>(scores, mask, scale);
        else Softmax<Single>(scores, mask, scale);
    }

    private static void Softmax<T>(Tensor scores, Tensor? mask, double scale)
        where T : unmanaged, IElement<T>
    {
        var (batch, heads, queries, keys) = (scores.size(0), scores.size(1), scores.size(2), scores.size(3));
        var softmax = new MaskedSoftmax<T>(
            Data<T>(scores), mask is null ? null : Data<T>(mask), (float)scale, heads, queries, keys,
            mask is null || mask.size(0) == 1 ? 0 : mask.stride(0), mask is null || mask.size(2) == 1 ? 0 : mask.stride(2));
        Team.Run(softmax, batch * heads * queries, keys);
    }

    // What a score takes, two products of a head's width and an exponential, in elements of other kernels.
    private const int ScoreCost = 4;

    /// <summary>Whether they can attend with such heads: with AVX-512, in float32.</summary>
    public static bool CanAttend(Tensor query, Tensor key, Tensor value) =>
        Avx512F.IsSupported && CanRun(query) && query.dtype == ScalarType.Float32 && key.dtype == query.dtype && value.dtype == query.dtype
        && query.size(3) % AttentionSizes.Tile == 0 && key.size(3) == query.size(3) && value.size(3) == query.size(3)
        && query.NumberOfElements > 0 && key.size(2) > 0 && query.stride(3) == 1 && key.stride(3) == 1 && value.stride(3) == 1;

    /// <summary>softmax(q·kᵀ/√K + mask)·v, heads joined; a query whose mask hides everything with -∞ gives 0.</summary>
    /// <param name="query">[B, H, T, K], of any layout whose features lie side by side.</param>
    /// <param name="key">[B, H_kv, S, K], the same.</param>
    /// <param name="value">[B, H_kv, S, K], the same.</param>
    /// <param name="mask">
    /// Additive [B or 1, 1, T or 1, S], or repeated for heads that share keys, as <see cref="AttentionMasks.Fold"/> gives it, which is not read;
    /// null hides nothing.
    /// </param>
    /// <param name="first">The column of the first query, where <paramref name="reach"/> is given.</param>
    /// <param name="reach">How far the mask lets a query see; null: as far as it says.</param>
    /// <returns>[B, T, H·K].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, long first, int? reach)
    {
        using var scope = NewDisposeScope();
        if (mask is not null && mask.dtype != ScalarType.Float32) mask = mask.to_type(ScalarType.Float32);
        if (mask is not null && mask.stride(-1) != 1) mask = mask.contiguous();
        var sizes = new AttentionSizes(
            query.size(0), query.size(1), key.size(1), query.size(2), key.size(2), query.size(3), first, reach ?? first + query.size(2) + key.size(2));
        var turned = empty([sizes.Batch * sizes.KeyHeads, sizes.Width, sizes.Columns], ScalarType.Float32);
        var result = empty([sizes.Batch, sizes.Queries, sizes.Count * sizes.Width], ScalarType.Float32);
        Team.Run(new TurnedKeys(HeadsOf(key), Data<float>(turned), sizes), sizes.Batch * sizes.KeyHeads, sizes.Keys * sizes.Width);
        var attention = new FusedAttention(
            HeadsOf(query), Data<float>(turned), HeadsOf(value), mask is null ? null : Data<float>(mask),
            mask is null || mask.size(0) == 1 ? 0 : mask.stride(0), mask is null || mask.size(2) == 1 ? 0 : mask.stride(2),
            Data<float>(result), sizes);
        Team.Run(attention, sizes.Batch * sizes.Count * sizes.Parts, Math.Min(sizes.QueriesAtOnce, sizes.Queries) * sizes.Keys * ScoreCost);
        return result.MoveToOuterDisposeScope();
    }

    private static Heads HeadsOf(Tensor heads) => new(Data<float>(heads), heads.stride(0), heads.stride(1), heads.stride(2));

    /// <summary>Whether they can compute a gated unit of such halves.</summary>
    public static bool CanGate(Tensor gate, Tensor up) =>
        CanRun(gate) && gate.dtype == up.dtype && gate.size(-1) % Lanes.Count == 0 && RowsAreEven(gate) && RowsAreEven(up);

    /// <summary>act(gate) · up.</summary>
    /// <param name="activation">act.</param>
    /// <param name="gate">[..., F], contiguous but for a step between rows.</param>
    /// <param name="up">The same.</param>
    /// <returns>[..., F], contiguous.</returns>
    public static Tensor Gate(Activation activation, Tensor gate, Tensor up) =>
        gate.dtype == ScalarType.BFloat16 ? Gate<BFloat16>(activation, gate, up) : Gate<Single>(activation, gate, up);

    private static Tensor Gate<T>(Activation activation, Tensor gate, Tensor up)
        where T : unmanaged, IElement<T> => activation switch
        {
            Activation.Gelu => Gate<T, Gelu>(gate, up),
            Activation.GeluTanh => Gate<T, GeluTanh>(gate, up),
            Activation.Relu => Gate<T, Relu>(gate, up),
            Activation.Silu => Gate<T, Silu>(gate, up),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
        };

    private static Tensor Gate<T, TActivation>(Tensor gate, Tensor up)
        where T : unmanaged, IElement<T>
        where TActivation : unmanaged, IActivation
    {
        var result = empty(gate.shape, gate.dtype);
        var width = gate.size(-1);
        var gating = new Gating<T, TActivation>(Data<T>(gate), Data<T>(up), Data<T>(result), RowStep(gate), RowStep(up), width);
        Team.Run(gating, width == 0 ? 0 : gate.NumberOfElements / width, width);
        return result;
    }

    /// <summary>Whether they can normalise such rows.</summary>
    public static bool CanNormalise(Tensor input, Tensor? scale) =>
        CanRun(input) && input.is_contiguous() && input.size(-1) % Lanes.Count == 0
        && (scale is null || (scale.dtype == input.dtype && scale.is_contiguous()));

    /// <summary>x / √(mean(x²) + ε), rounded to the type of x, times the scale: see <see cref="RmsNorm"/>.</summary>
    /// <param name="input">[..., D], contiguous.</param>
    /// <param name="scale">[D], contiguous and of the same type; null is 1.</param>
    /// <param name="epsilon">ε.</param>
    /// <returns>[..., D], contiguous.</returns>
    public static Tensor RootMeanSquareNorm(Tensor input, Tensor? scale, double epsilon) =>
        input.dtype == ScalarType.BFloat16
            ? RootMeanSquareNorm<BFloat16>(input, scale, epsilon)
            : RootMeanSquareNorm<Single>(input, scale, epsilon);

    private static Tensor RootMeanSquareNorm<T>(Tensor input, Tensor? scale, double epsilon)
        where T : unmanaged, IElement<T>
    {
        var result = empty(input.shape, input.dtype);
        var width = input.size(-1);
        var norm = new RootMeanSquare<T>(Data<T>(input), scale is null ? null : Data<T>(scale), Data<T>(result), width, (float)epsilon);
        Team.Run(norm, width == 0 ? 0 : input.NumberOfElements / width, width);
        return result;
    }

    /// <summary>Whether they can look through such rows.</summary>
    public static bool CanFindLargest(Tensor rows) => CanRun(rows) && rows.dim() == 2 && rows.size(1) > 0 && rows.stride(1) == 1;

    /// <summary>Where each row is largest, the first of equals: [N, V] → [N], int64. Sixteen elements at a time, where libtorch takes one.</summary>
    public static Tensor ArgMax(Tensor rows) => rows.dtype == ScalarType.BFloat16 ? ArgMax<BFloat16>(rows) : ArgMax<Single>(rows);

    private static Tensor ArgMax<T>(Tensor rows)
        where T : unmanaged, IElement<T>
    {
        var result = empty(rows.size(0), ScalarType.Int64);
        Team.Run(new LargestOfRow<T>(Data<T>(rows), rows.stride(0), rows.size(1), Data<long>(result)), rows.size(0), rows.size(1));
        return result;
    }

    /// <summary>Rounds each row to eight bits with a scale of its own: see <see cref="Quantization{T}"/>.</summary>
    /// <param name="rows">[N, D], contiguous.</param>
    /// <returns>[N, D], int8; and [N], float32, what they are to be multiplied by.</returns>
    public static (Tensor Values, Tensor Scales) Quantize(Tensor rows) =>
        rows.dtype == ScalarType.BFloat16 ? Quantize<BFloat16>(rows) : Quantize<Single>(rows);

    private static (Tensor Values, Tensor Scales) Quantize<T>(Tensor rows)
        where T : unmanaged, IElement<T>
    {
        var (values, scales) = (empty(rows.shape, ScalarType.Int8), empty(rows.size(0), ScalarType.Float32));
        Team.Run(new Quantization<T>(Data<T>(rows), Data<sbyte>(values), Data<float>(scales), rows.size(1)), rows.size(0), rows.size(1));
        return (values, scales);
    }

    /// <summary>sums · scale of the row · scale of the column + bias.</summary>
    /// <param name="sums">[N, D], int32, contiguous.</param>
    /// <param name="rowScales">[N], float32.</param>
    /// <param name="columnScales">[D], float32.</param>
    /// <param name="bias">[D], contiguous, of the result's type; or null.</param>
    /// <param name="type">float32 or bfloat16.</param>
    /// <returns>[N, D].</returns>
    public static Tensor Dequantize(Tensor sums, Tensor rowScales, Tensor columnScales, Tensor? bias, ScalarType type) =>
        type == ScalarType.BFloat16
            ? Dequantize<BFloat16>(sums, rowScales, columnScales, bias, type)
            : Dequantize<Single>(sums, rowScales, columnScales, bias, type);

    private static Tensor Dequantize<T>(Tensor sums, Tensor rowScales, Tensor columnScales, Tensor? bias, ScalarType type)
        where T : unmanaged, IElement<T>
    {
        var result = empty(sums.shape, type);
        var kernel = new Dequantization<T>(
            Data<int>(sums), Data<float>(rowScales), Data<float>(columnScales), bias is null ? null : Data<T>(bias), Data<T>(result), sums.size(1));
        Team.Run(kernel, sums.size(0), sums.size(1));
        return result;
    }

    // The step between rows [..., F] that all lie equally far apart.
    private static long RowStep(Tensor rows) => rows.dim() == 1 ? rows.size(0) : rows.stride(-2);

    private static bool RowsAreEven(Tensor rows)
    {
        if (rows.stride(-1) != 1) return false;
        for (var dimension = (int)rows.dim() - 2; dimension > 0; dimension--)
        {
            if (rows.size(dimension - 1) > 1 && rows.stride(dimension - 1) != rows.stride(dimension) * rows.size(dimension)) return false;
        }

        return true;
    }

    private static T* Data<T>(Tensor tensor)
        where T : unmanaged => (T*)TensorData(tensor.Handle);

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint TensorData(nint tensor);
}
