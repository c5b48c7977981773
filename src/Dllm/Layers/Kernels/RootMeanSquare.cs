using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dllm.Layers.Kernels;

/// <summary>Root-mean-square normalisation of rows.</summary>
internal readonly unsafe struct RootMeanSquare<T>(T* from, T* scale, T* to, long width, float epsilon) : IRowKernel
    where T : unmanaged, IElement<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        var length = width;
        var factors = scale;
        for (var row = first; row < behind; row++)
        {
            T* source = from + row * length, target = to + row * length;
            var squares = Vector512<float>.Zero;
            for (var i = 0L; i < length; i += Lanes.Count)
            {
                var x = T.Load(source + i);
                squares = Vector512.FusedMultiplyAdd(x, x, squares);
            }

            var inverse = Vector512.Create(1 / MathF.Sqrt(Vector512.Sum(squares) / length + epsilon));
            if (factors == null)
            {
                for (var i = 0L; i < length; i += Lanes.Count) T.Store(T.Load(source + i) * inverse, target + i);
            }
            else
            {
                for (var i = 0L; i < length; i += Lanes.Count)
                    T.Store(T.Round(T.Load(source + i) * inverse) * T.Load(factors + i), target + i);
            }
        }
    }
}
