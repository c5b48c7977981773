using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dllm.Layers.Kernels;

/// <summary>
/// Turns feature i and i + K/2 of each head together, in the type of the tables. A row is a token with all its heads, which share its angle.
/// </summary>
internal readonly unsafe struct Rotation<T, TTable>(
    T* from, TTable* cos, TTable* signedSin, T* to, long parts, long batch, long heads, long tokens, long width,
    long partStep, long batchStep, long headStep, long tokenStep, long tableStep) : IRowKernel
    where T : unmanaged, IElement<T>
    where TTable : unmanaged, IElement<TTable>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        var half = width / 2;
        for (var row = first; row < behind; row++)
        {
            var (line, token) = (row / tokens, row % tokens);
            var angle = line * tableStep + token * width;
            for (var part = 0L; part < parts; part++)
            {
                for (var head = 0L; head < heads; head++)
                {
                    var source = from + part * partStep + line * batchStep + head * headStep + token * tokenStep;
                    var target = to + (((part * batch + line) * heads + head) * tokens + token) * width;
                    for (var i = 0L; i < half; i += Lanes.Count)
                    {
                        var (lower, upper) = (T.Load(source + i), T.Load(source + half + i));
                        Turn(lower, upper, angle + i, target + i);
                        Turn(upper, lower, angle + half + i, target + half + i);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Turn(Vector512<float> own, Vector512<float> other, long angle, T* target) => T.Store(
        Vector512.FusedMultiplyAdd(other, TTable.Load(signedSin + angle), TTable.Round(own * TTable.Load(cos + angle))), target);
}
