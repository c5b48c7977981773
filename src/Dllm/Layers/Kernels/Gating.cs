using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dllm.Layers.Kernels;

/// <summary>act(gate) · up, row by row; the activation is rounded to the type of the data first, as it is where it is an operator of its own.</summary>
internal readonly unsafe struct Gating<T, TActivation>(T* gate, T* up, T* to, long gateStep, long upStep, long width) : IRowKernel
    where T : unmanaged, IElement<T>
    where TActivation : unmanaged, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        var length = width;
        for (var row = first; row < behind; row++)
        {
            T* gates = gate + row * gateStep, ups = up + row * upStep, target = to + row * length;
            for (var i = 0L; i < length; i += Lanes.Count) T.Store(T.Round(TActivation.Apply(T.Load(gates + i))) * T.Load(ups + i), target + i);
        }
    }
}

/// <summary>An element-wise function: see <see cref="Activation"/>.</summary>
internal interface IActivation
{
    /// <summary>Its values.</summary>
    static abstract Vector512<float> Apply(Vector512<float> x);
}

internal readonly struct Gelu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> x) => x * Vectors.NormalDistribution(x);
}

internal readonly struct GeluTanh : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> x)
    {
        var inner = x * Vector512.FusedMultiplyAdd(x * x, Vector512.Create(0.044715f), Vector512<float>.One);
        return x * Vectors.Sigmoid(inner * Vector512.Create(1.59576912f)); // (1 + tanh y) / 2 = σ(2y), y = √(2/π)·inner
    }
}

internal readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> x) => Vector512.Max(x, Vector512<float>.Zero);
}

internal readonly struct Silu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply(Vector512<float> x) => x * Vectors.Sigmoid(x);
}
