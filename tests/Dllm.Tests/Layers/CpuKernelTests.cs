using System.Runtime.Intrinsics;
using Dllm.Layers;
using Dllm.Layers.Kernels;
using Dllm.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Layers;

/// <summary>The kernels against libtorch's operators in float64; bfloat16 to its own precision.</summary>
public sealed class CpuKernelTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _generator = new(1);
    private readonly IDisposable _noGradients = no_grad();

    public CpuKernelTests() => Assert.SkipUnless(Vector256.IsHardwareAccelerated, "the kernels do not run on this processor");

    public void Dispose()
    {
        _noGradients.Dispose();
        _scope.Dispose();
        _generator.Dispose();
    }

    // Lengths around sixteen lanes; one row and enough rows to be shared out among threads.
    [Theory]
    [InlineData(ScalarType.Float32, 1, 1)]
    [InlineData(ScalarType.Float32, 5, 15)]
    [InlineData(ScalarType.Float32, 7, 16)]
    [InlineData(ScalarType.Float32, 130, 129)]
    [InlineData(ScalarType.BFloat16, 1, 1)]
    [InlineData(ScalarType.BFloat16, 3, 17)]
    [InlineData(ScalarType.BFloat16, 96, 160)]
    public void SoftmaxIsTorchs(ScalarType type, int queries, int keys)
    {
        foreach (var mask in (Tensor?[])[null, Hiding(3, 1, keys), Hiding(3, queries, keys), Hiding(1, queries, keys), Hiding(1, queries, 2 * keys).narrow(3, keys, keys)])
        {
            var scores = Normal(3, 4, queries, keys).mul(5).to_type(type);
            var narrow = mask?.to_type(type);
            var masked = scores.to_type(ScalarType.Float64) * 0.3 + (narrow?.to_type(ScalarType.Float64) ?? 0);
            CpuKernels.Softmax(scores, narrow, 0.3);
            Close(masked.softmax(-1), scores, type);
        }
    }

    // Under automatic mixed precision products are narrow, and masks, made of the activations' type, are not.
    [Fact]
    public void AMaskMayBeOfAnotherType()
    {
        var (scores, mask) = (Normal(2, 3, 9, 20).bfloat16(), Hiding(2, 9, 20));
        var (same, other) = (scores.clone(), scores.clone());
        CpuKernels.Softmax(same, mask.bfloat16(), 1);
        CpuKernels.Softmax(other, mask, 1);
        Assert.True(same.Equals(other));
        Close((scores.to_type(ScalarType.Float64) + mask).softmax(-1), other, ScalarType.BFloat16);
    }

    // The lowest finite value hides too, and where all is hidden by it, all is seen alike; -∞ leaves nothing.
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void WhatSeesNothingIsEvenOrZero(ScalarType type)
    {
        var mask = zeros(1, 1, 4, 20, type);
        mask[0, 0, 1, ..10] = finfo(type).min;
        mask[0, 0, 2] = finfo(type).min;
        mask[0, 0, 3] = double.NegativeInfinity;
        var scores = Normal(1, 2, 4, 20).to_type(type);
        CpuKernels.Softmax(scores, mask, 1);
        var sums = scores.to_type(ScalarType.Float64).sum(-1);
        Assert.Equal(0, scores[.., .., 1, ..10].abs().max().ToDouble());
        Close(full([1, 2, 20], 1.0 / 20), scores[.., .., 2], type);
        Assert.Equal(0, scores[.., .., 3].abs().max().ToDouble());
        Assert.True((sums[.., .., ..3] - 1).abs().max().ToDouble() < 0.02);
    }

    [Fact]
    public void SoftmaxStandsExtremes()
    {
        var scores = tensor(new[] { 1e30f, 1e30f, -1e30f, 3, 0, -200, float.NaN, 1 }, 1, 1, 4, 2);
        CpuKernels.Softmax(scores, null, 1);
        Assert.Equal([0.5f, 0.5f, 0, 1, 1, 0, float.NaN, float.NaN], scores.data<float>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.Float32, Activation.Gelu)]
    [InlineData(ScalarType.Float32, Activation.GeluTanh)]
    [InlineData(ScalarType.Float32, Activation.Relu)]
    [InlineData(ScalarType.Float32, Activation.Silu)]
    [InlineData(ScalarType.BFloat16, Activation.Gelu)]
    [InlineData(ScalarType.BFloat16, Activation.Silu)]
    public void AGatedUnitIsTorchs(ScalarType type, Activation activation)
    {
        foreach (var shape in (long[][])[[1, 16], [2, 3, 64], [1, 200, 512]])
        {
            var halves = cat([Normal(shape).mul(4), Normal(shape)], -1).to_type(type).chunk(2, -1);
            halves[0].flatten()[0] = 90;
            halves[0].flatten()[1] = -90;
            Assert.True(CpuKernels.CanGate(halves[0], halves[1]));
            var expected = activation.Apply(halves[0].to_type(ScalarType.Float64)) * halves[1].to_type(ScalarType.Float64);
            Close(expected, activation.Gate(halves[0], halves[1]), type);
        }

        var rows = Normal(2, 6, 32).transpose(0, 1); // rows that do not lie evenly: libtorch's operators take them
        Assert.False(CpuKernels.CanGate(rows, rows));
        Assert.False(CpuKernels.CanGate(Normal(2, 24), Normal(2, 24)));
    }

    [Fact]
    public void ActivationsStandExtremes()
    {
        var x = zeros(1, 16);
        float[] values = [0, -1e30f, 1e30f, float.NegativeInfinity, float.PositiveInfinity, float.NaN, 1e-30f, -13];
        for (var i = 0; i < values.Length; i++) x[0, i] = values[i];
        foreach (var activation in (Activation[])[Activation.Gelu, Activation.GeluTanh, Activation.Silu])
        {
            var actual = activation.Gate(x, ones(1, 16)).data<float>().ToArray();
            Assert.Equal(0, actual[0]);
            Assert.Equal(1e30f, actual[2]);
            Assert.Equal(float.PositiveInfinity, actual[4]);
            Assert.True(float.IsNaN(actual[5]));
            Assert.True(actual[6] is > 4e-31f and < 6e-31f);
            Assert.True(Math.Abs(actual[7]) < 4e-5 && Math.Abs(actual[1]) < 1e-6, $"{activation}: {actual[7]} {actual[1]}");
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void ARootMeanSquareNormIsTheFormula(ScalarType type)
    {
        foreach (var shape in (long[][])[[1, 16], [2, 3, 4, 64], [300, 256]])
        {
            var (input, scale) = (Normal(shape).mul(3).to_type(type), Normal(shape[^1]).to_type(type));
            var wide = input.to_type(ScalarType.Float64);
            var expected = wide * (wide.square().mean([-1], keepdim: true) + 1e-6).rsqrt();
            Close(expected, CpuKernels.RootMeanSquareNorm(input, null, 1e-6), type);
            Close(expected * scale.to_type(ScalarType.Float64), CpuKernels.RootMeanSquareNorm(input, scale, 1e-6), type);
        }

        Assert.False(CpuKernels.CanNormalise(Normal(2, 24), null));
        Assert.False(CpuKernels.CanNormalise(Normal(32, 16).t(), null));
    }

    // Heads as a layer has them: permuted views of a product, alone or queries and keys together; tables of all rows or of each.
    [Theory]
    [InlineData(ScalarType.Float32, 1, 1)]
    [InlineData(ScalarType.Float32, 2, 33)]
    [InlineData(ScalarType.BFloat16, 3, 100)]
    public void TurnedHeadsAreTorchs(ScalarType type, int batch, int tokens)
    {
        const int Heads = 6, Width = 32;
        var joined = Normal(batch, tokens, 3, Heads, Width).to_type(type).permute(2, 0, 3, 1, 4); // [3, B, H, T, K]
        var places = randint(0, 500, [batch, tokens], ScalarType.Int64, generator: _generator);
        foreach (var (positions, table) in ((Tensor?, ScalarType)[])[(null, type), (places, type), (null, ScalarType.Float32), (places, ScalarType.Float32)])
        {
            var rotary = Rotary.Create(1000, Width, tokens, positions, table, CPU);
            var (cos, sin) = (rotary.Cos.to_type(ScalarType.Float64), rotary.SignedSin.to_type(ScalarType.Float64));
            foreach (var heads in (Tensor[])[joined.narrow(0, 0, 2), joined[1]])
            {
                Assert.True(CpuKernels.CanRotate(heads, rotary.Cos));
                var wide = heads.to_type(ScalarType.Float64);
                var turned = rotary.Apply(heads);
                Close(wide * cos + cat([wide.narrow(-1, 16, 16), wide.narrow(-1, 0, 16)], -1) * sin, turned, type);
                Assert.True(turned.is_contiguous());
            }
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void TheLargestIsTorchs(ScalarType type)
    {
        foreach (var (rows, width) in ((int, int)[])[(1, 1), (3, 15), (3, 16), (40, 1000), (0, 5)])
        {
            var values = randint(-20, 20, [rows, 2 * width], ScalarType.Float32, generator: _generator).to_type(type).narrow(1, width, width); // many equals
            Assert.True(CpuKernels.CanFindLargest(values));
            Assert.Equal(FirstOfLargest(values), CpuKernels.ArgMax(values).data<long>().ToArray());
        }

        var odd = full([5, 37], double.NegativeInfinity, type);
        odd[1, 36] = 1;
        odd[2, 20] = double.NaN;
        odd[2, 30] = double.NaN;
        odd[3, 33] = double.PositiveInfinity;
        odd[4, 36] = double.NaN;
        Assert.Equal([0, 36, 20, 33, 36], CpuKernels.ArgMax(odd).data<long>().ToArray());
        Assert.Equal([0, 36, 20, 33, 36], odd.argmax(-1).data<long>().ToArray());
    }

    private static long[] FirstOfLargest(Tensor values)
    {
        var wide = values.to_type(ScalarType.Float32);
        return [.. Enumerable.Range(0, (int)values.size(0)).Select(row =>
        {
            var line = wide[row].contiguous().data<float>().ToArray();
            return (long)Array.IndexOf(line, line.Max());
        })];
    }

    // Queries of one tile, of a part that is not whole, of several parts; keys likewise; heads that share keys; heads of 64 and 128.
    [Theory]
    [InlineData(1, 1, 1, 1, 1, 64)]
    [InlineData(2, 4, 4, 5, 17, 64)]
    [InlineData(1, 6, 2, 49, 49, 128)]
    [InlineData(2, 4, 1, 100, 130, 64)]
    [InlineData(1, 2, 2, 97, 300, 64)]
    public void AttentionIsTheFormula(int batch, int heads, int keyHeads, int queries, int keys, int width)
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "attention needs AVX-512");
        var query = Normal(batch, queries, heads, width).transpose(1, 2);
        var (key, value) = (Normal(batch, keys, keyHeads, width).transpose(1, 2), Normal(batch, keyHeads, keys, width));
        var groups = heads / keyHeads;
        foreach (var mask in (Tensor?[])[null, Hiding(batch, 1, keys), Hiding(batch, queries, keys), Hiding(1, queries, keys)])
        {
            Assert.True(CpuKernels.CanAttend(query, key, value));
            var expected = Formula(query, key, value, mask, groups);
            Close(expected, CpuKernels.Attend(query, key, value, AttentionMasks.Fold(mask, groups), 0, null), ScalarType.Float32);
        }
    }

    // Where keys too far are left out, queries stand at any column: a cache holds what is in front of them, or around.
    [Theory]
    [InlineData(200, 200, 0, 20)]
    [InlineData(50, 200, 150, 16)]
    [InlineData(30, 210, 77, 5)]
    [InlineData(100, 100, 0, 400)]
    public void WhatIsOutOfReachIsLeftOut(int queries, int keys, int first, int reach)
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "attention needs AVX-512");
        var (query, key, value) = (Normal(2, 3, queries, 64), Normal(2, 3, keys, 64), Normal(2, 3, keys, 64));
        var far = (arange(first, first + queries).unsqueeze(-1) - arange(keys)).abs().gt(reach);
        var mask = zeros(1, 1, queries, keys).masked_fill(far, finfo(ScalarType.Float32).min);
        Close(Formula(query, key, value, mask, 1), CpuKernels.Attend(query, key, value, mask, first, reach), ScalarType.Float32);
    }

    [Fact]
    public void AttentionStandsExtremes()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "attention needs AVX-512");
        var (query, key, value) = (Normal(1, 1, 4, 64), Normal(1, 1, 20, 64), ones(1, 1, 20, 64));
        var mask = zeros(1, 1, 4, 20);
        mask[0, 0, 0] = double.NegativeInfinity; // nothing is seen
        mask[0, 0, 1] = finfo(ScalarType.Float32).min; // all is hidden alike
        query[0, 0, 2] = 1e30f;
        query[0, 0, 3, 0] = float.NaN;
        var attended = CpuKernels.Attend(query, key, value, mask, 0, null); // [1, 4, 64]
        Assert.Equal(0, attended[0, 0].abs().max().ToDouble());
        Assert.Equal(1, attended[0, 1].mean().ToDouble(), 1e-6);
        Assert.Equal(1, attended[0, 2].mean().ToDouble(), 1e-6);
        Assert.True(attended[0, 3].isnan().all().ToBoolean());
        Assert.False(CpuKernels.CanAttend(Normal(1, 1, 2, 32), Normal(1, 1, 2, 32), Normal(1, 1, 2, 32)));
        Assert.False(CpuKernels.CanAttend(query.bfloat16(), key.bfloat16(), value.bfloat16()));
    }

    // [B, T, H·K] in float64, keys repeated for the heads that share them.
    private static Tensor Formula(Tensor query, Tensor key, Tensor value, Tensor? mask, int groups)
    {
        var (q, k, v) = (query.@double(), key.@double().repeat_interleave(groups, 1), value.@double().repeat_interleave(groups, 1));
        var scores = q.matmul(k.transpose(2, 3)) / Math.Sqrt(query.size(3));
        if (mask is not null) scores += mask.@double();
        return scores.softmax(-1).matmul(v).transpose(1, 2).flatten(2);
    }

    // 48 keys are whole vectors, 50 are not; 1 and 2 threads share the rows out differently.
    [Fact]
    public void ThreadsChangeNothing()
    {
        var before = NativeRuntime.Threads;
        foreach (var keys in (int[])[48, 50])
        {
            var (scores, mask) = (Normal(2, 8, 100, keys), Hiding(2, 100, keys));
            var results = new List<Tensor>();
            foreach (var threads in (int[])[1, 2, 3])
            {
                NativeRuntime.Threads = threads;
                var copy = scores.clone();
                CpuKernels.Softmax(copy, mask, 0.5);
                results.Add(copy);
            }

            NativeRuntime.Threads = before;
            Assert.True(results[0].Equals(results[1]) && results[0].Equals(results[2]));
        }
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        var (rows, heads, rotary) = (Normal(1, 2, 8, 32), Normal(1, 2, 8, 64), Rotary.Create(1000, 32, 8, null, ScalarType.Float32, CPU));
        void Once()
        {
            rotary.Apply(rows).Dispose();
            Activation.Silu.Gate(rows, rows).Dispose();
            CpuKernels.RootMeanSquareNorm(rows, null, 1e-5).Dispose();
            CpuKernels.Softmax(rows, null, 1);
            if (CpuKernels.CanAttend(heads, heads, heads)) CpuKernels.Attend(heads, heads, heads, null, 0, 3).Dispose();
        }

        Once();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 20; i++) Once();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void GradientsAreLibtorchsAffair()
    {
        using var gradients = enable_grad();
        Assert.False(CpuKernels.CanRun(Normal(2, 16)));
        Assert.False(CpuKernels.CanRotate(Normal(1, 1, 2, 32), Normal(2, 32)));
    }

    private Tensor Normal(params long[] shape) => randn(shape, generator: _generator);

    private Tensor Hiding(int batch, int queries, int keys)
    {
        var hidden = rand([batch, 1, queries, keys], generator: _generator).gt(0.6);
        hidden[.., .., .., 0] = false; // everybody sees something
        hidden[.., .., .., keys / 2] = false;
        return zeros_like(hidden, ScalarType.Float32).masked_fill(hidden, double.NegativeInfinity);
    }

    private static void Close(Tensor expected, Tensor actual, ScalarType type)
    {
        Assert.Equal(type, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        var error = (expected.to_type(ScalarType.Float64) - actual.to_type(ScalarType.Float64)).abs() / expected.abs().clamp_min(1);
        Assert.True(error.max().ToDouble() < (type == ScalarType.Float32 ? 1e-6 : 0.01), $"{error.max().ToDouble()}");
    }
}
