using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dllm.Layers.Kernels;

// B batch, H heads, H_kv key heads, T queries, S keys, K head width.

/// <summary>Where the heads of an attention lie: features side by side, steps in elements.</summary>
internal readonly unsafe struct Heads(float* data, long batchStep, long headStep, long tokenStep)
{
    /// <summary>A token's features in a head.</summary>
    public float* At(long batch, long head, long token) => data + batch * batchStep + head * headStep + token * tokenStep;

    /// <summary>From a token to the next.</summary>
    public long TokenStep => tokenStep;
}

/// <summary>The sizes of an attention, and which keys a query may see.</summary>
/// <param name="Batch">B.</param>
/// <param name="Count">H.</param>
/// <param name="KeyHeads">H_kv; H is a multiple.</param>
/// <param name="Queries">T.</param>
/// <param name="Keys">S.</param>
/// <param name="Width">K, a multiple of 64.</param>
/// <param name="First">The column of the first query.</param>
/// <param name="Reach">How far a query sees; as far as there are keys, or more, where nothing is too far.</param>
internal readonly record struct AttentionSizes(
    long Batch, long Count, long KeyHeads, long Queries, long Keys, long Width, long First, long Reach)
{
    /// <summary>Columns of a tile, and what rows of scores and of turned keys are filled up to.</summary>
    public const int Tile = 64;

    /// <summary>Columns that a row of turned keys has: tiles that begin anywhere end in it.</summary>
    public long Columns => (Keys + Tile - 1) / Tile * Tile + Tile;

    /// <summary>Queries done at a time: few where they see few keys each.</summary>
    public long QueriesAtOnce => Reach < Keys ? 24 : 48;

    /// <summary>Parts that a head's queries are cut into.</summary>
    public long Parts => (Queries + QueriesAtOnce - 1) / QueriesAtOnce;
}

/// <summary>Keys with tokens side by side in place of features, [B·H_kv, K, columns]: what the scores' product reads. A row is a head.</summary>
internal readonly unsafe struct TurnedKeys(Heads keys, float* to, AttentionSizes sizes) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        var (count, width, columns) = (sizes.Keys, sizes.Width, sizes.Columns);
        for (var row = first; row < behind; row++)
        {
            float* head = to + row * width * columns;
            for (var token = 0L; token < columns; token += 4)
            {
                // Tokens behind the last are the last again: nobody reads their scores.
                float* a = Token(row, Math.Min(token, count - 1)), b = Token(row, Math.Min(token + 1, count - 1));
                float* c = Token(row, Math.Min(token + 2, count - 1)), d = Token(row, Math.Min(token + 3, count - 1));
                float* target = head + token;
                for (var i = 0L; i < width; i += 4, target += 4 * columns)
                {
                    var (low1, high1) = Pair(Vector128.Load(a + i), Vector128.Load(b + i));
                    var (low2, high2) = Pair(Vector128.Load(c + i), Vector128.Load(d + i));
                    Sse.MoveLowToHigh(low1, low2).Store(target);
                    Sse.MoveHighToLow(low2, low1).Store(target + columns);
                    Sse.MoveLowToHigh(high1, high2).Store(target + 2 * columns);
                    Sse.MoveHighToLow(high2, high1).Store(target + 3 * columns);
                }
            }
        }
    }

    private float* Token(long row, long token) => keys.At(row / sizes.KeyHeads, row % sizes.KeyHeads, token);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> Low, Vector128<float> High) Pair(Vector128<float> first, Vector128<float> second) =>
        (Sse.UnpackLow(first, second), Sse.UnpackHigh(first, second));
}

/// <summary>
/// softmax(q·kᵀ/√K + mask)·v in float32, some queries of a head at a time, whose scores stay in the processor's cache and are those of the
/// keys in reach only. A row is such a part. For processors with AVX-512: a tile of six rows takes 28 of its registers.
/// </summary>
internal readonly unsafe struct FusedAttention(
    Heads queries, float* turnedKeys, Heads values, float* mask, long maskBatchStep, long maskQueryStep, float* to, AttentionSizes sizes) : IRowKernel
{
    private const int RowsOfTile = 6;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run(long first, long behind)
    {
        var (atOnce, width, columns) = (sizes.QueriesAtOnce, sizes.Width, sizes.Columns);
        // Of a part: scores [part, columns], queries side by side [part, K], results of a tile that is not whole [6, K], two factors a row.
        var floats = atOnce * columns + (atOnce + RowsOfTile) * width + 2 * atOnce;
        var room = (float*)NativeMemory.AlignedAlloc((nuint)(floats * sizeof(float)), 64);
        for (var row = first; row < behind; row++) Attend(row, room);
        NativeMemory.AlignedFree(room);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Attend(long row, float* room)
    {
        var (width, columns, atOnce) = (sizes.Width, sizes.Columns, sizes.QueriesAtOnce);
        float* scores = room, own = scores + atOnce * columns, rest = own + atOnce * width;
        float* scales = rest + RowsOfTile * width, shares = scales + atOnce;
        var (line, part) = (row / sizes.Parts, row % sizes.Parts);
        var (batch, head, groups) = (line / sizes.Count, line % sizes.Count, sizes.Count / sizes.KeyHeads);
        var start = part * atOnce;
        var count = Math.Min(atOnce, sizes.Queries - start);
        var from = Math.Max(0, sizes.First + start - sizes.Reach) / Lanes.Count * Lanes.Count;
        var keys = Math.Min(sizes.Keys, sizes.First + start + count + sizes.Reach) - from;

        var padded = (count + RowsOfTile - 1) / RowsOfTile * RowsOfTile;
        for (var i = 0L; i < padded; i++)
            new Span<float>(queries.At(batch, head, start + Math.Min(i, count - 1)), (int)width).CopyTo(new Span<float>(own + i * width, (int)width));
        new Span<float>(scales, (int)atOnce).Fill(1 / MathF.Sqrt(width));
        float* turned = turnedKeys + (batch * sizes.KeyHeads + head / groups) * width * columns + from;
        for (var column = 0L; column < keys; column += AttentionSizes.Tile)
        {
            for (var i = 0L; i < padded; i += RowsOfTile)
                Multiply(own + i * width, width, turned + column, columns, width, scales, scores + i * columns + column, columns);
        }

        for (var i = 0L; i < count; i++)
        {
            float* hidden = mask == null
                ? null
                : mask + batch * maskBatchStep + (start + i) * maskQueryStep + from;
            shares[i] = Exponentiate(scores + i * columns, hidden, keys);
        }

        float* value = values.At(batch, head / groups, from);
        float* target = to + ((batch * sizes.Queries + start) * sizes.Count + head) * width;
        var step = sizes.Count * width;
        for (var i = 0L; i < count; i += RowsOfTile)
        {
            var isWhole = i + RowsOfTile <= count;
            for (var feature = 0L; feature < width; feature += AttentionSizes.Tile)
            {
                Multiply(
                    scores + i * columns, columns, value + feature, values.TokenStep, keys, shares + i, isWhole ? target + i * step + feature : rest + feature,
                    isWhole ? step : width);
            }

            for (var j = i; !isWhole && j < count; j++)
                new Span<float>(rest + (j - i) * width, (int)width).CopyTo(new Span<float>(target + j * step, (int)width));
        }
    }

    // e to the power of each score less the largest, in place; returns what the sum is to be divided by, inverted, or 0 where nothing is seen. The
    // end of a row, which has room for whole vectors, comes first: a loop that may call keeps its vectors in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Exponentiate(float* row, float* hidden, long keys)
    {
        var whole = keys - keys % Lanes.Count;
        var largest = Vector512.Create(float.NegativeInfinity);
        if (whole < keys)
        {
            var rest = Vector512.Load(row + whole);
            if (hidden != null) rest += Lanes.LoadSome((Single*)(hidden + whole), keys - whole);
            largest = Lanes.Only(rest, keys - whole, float.NegativeInfinity);
            largest.Store(row + whole);
        }

        if (hidden == null)
        {
            for (var i = 0L; i < whole; i += Lanes.Count) largest = Vector512.MaxNative(largest, Vector512.Load(row + i));
        }
        else
        {
            for (var i = 0L; i < whole; i += Lanes.Count)
            {
                var score = Vector512.Load(row + i) + Vector512.Load(hidden + i);
                score.Store(row + i);
                largest = Vector512.MaxNative(largest, score);
            }
        }

        var bound = Lanes.Max(largest);
        if (!float.IsNegativeInfinity(bound)) return 1 / Sum(row, bound, keys);
        new Span<float>(row, (int)keys).Clear();
        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Sum(float* row, float largest, long keys)
    {
        var (sum, bound) = (Vector512<float>.Zero, Vector512.Create(largest));
        for (var i = 0L; i < keys; i += Lanes.Count)
        {
            var power = Vectors.Exp(Vector512.Load(row + i) - bound);
            power.Store(row + i);
            sum += power;
        }

        return Vector512.Sum(sum);
    }

    /// <summary>Six rows of a [6, n] times n rows of b [n, 64], each times its factor: c [6, 64].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Multiply(float* a, long aStep, float* b, long bStep, long n, float* factors, float* c, long cStep)
    {
        Vector512<float> c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
        Vector512<float> c40 = default, c41 = default, c42 = default, c43 = default, c50 = default, c51 = default, c52 = default, c53 = default;
        float* a3 = a + 3 * aStep;
        for (var end = a + n; a < end; a++, a3++, b += bStep)
        {
            var (b0, b1, b2, b3) = (Vector512.Load(b), Vector512.Load(b + 16), Vector512.Load(b + 32), Vector512.Load(b + 48));
            var x = Vector512.Create(*a);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            c02 = Vector512.FusedMultiplyAdd(x, b2, c02);
            c03 = Vector512.FusedMultiplyAdd(x, b3, c03);
            x = Vector512.Create(a[aStep]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            c12 = Vector512.FusedMultiplyAdd(x, b2, c12);
            c13 = Vector512.FusedMultiplyAdd(x, b3, c13);
            x = Vector512.Create(a[2 * aStep]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            c22 = Vector512.FusedMultiplyAdd(x, b2, c22);
            c23 = Vector512.FusedMultiplyAdd(x, b3, c23);
            x = Vector512.Create(*a3);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            c32 = Vector512.FusedMultiplyAdd(x, b2, c32);
            c33 = Vector512.FusedMultiplyAdd(x, b3, c33);
            x = Vector512.Create(a3[aStep]);
            c40 = Vector512.FusedMultiplyAdd(x, b0, c40);
            c41 = Vector512.FusedMultiplyAdd(x, b1, c41);
            c42 = Vector512.FusedMultiplyAdd(x, b2, c42);
            c43 = Vector512.FusedMultiplyAdd(x, b3, c43);
            x = Vector512.Create(a3[2 * aStep]);
            c50 = Vector512.FusedMultiplyAdd(x, b0, c50);
            c51 = Vector512.FusedMultiplyAdd(x, b1, c51);
            c52 = Vector512.FusedMultiplyAdd(x, b2, c52);
            c53 = Vector512.FusedMultiplyAdd(x, b3, c53);
        }

        Put(c00, c01, c02, c03, factors[0], c);
        Put(c10, c11, c12, c13, factors[1], c + cStep);
        Put(c20, c21, c22, c23, factors[2], c + 2 * cStep);
        Put(c30, c31, c32, c33, factors[3], c + 3 * cStep);
        Put(c40, c41, c42, c43, factors[4], c + 4 * cStep);
        Put(c50, c51, c52, c53, factors[5], c + 5 * cStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector512<float> first, Vector512<float> second, Vector512<float> third, Vector512<float> fourth, float factor, float* to)
    {
        var times = Vector512.Create(factor);
        (first * times).Store(to);
        (second * times).Store(to + 16);
        (third * times).Store(to + 32);
        (fourth * times).Store(to + 48);
    }
}
