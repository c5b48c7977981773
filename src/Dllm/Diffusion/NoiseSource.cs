using static TorchSharp.torch;

namespace Dllm.Diffusion;

/// <summary>
/// The random numbers that the rows of one batch are prepared and noised with. Either every row has a stream of its own, so that what it draws
/// depends neither on the rows beside it nor on the padding after it; or all share one generator, in the original's order of draws.
/// </summary>
public abstract class NoiseSource
{
    private NoiseSource() { }

    /// <summary>The generator that all rows share; null where every row has its own stream.</summary>
    public virtual Generator? Shared => null;

    /// <summary>One generator for the whole batch: what a row gets depends on its place in the batch. For results equal to the original's.</summary>
    /// <param name="generator">A CPU generator; the caller disposes it.</param>
    public static NoiseSource InOrder(Generator generator) => new SharedStream(generator);

    /// <summary>A stream for each row.</summary>
    /// <param name="seeds">One seed a row, such as a hash of run seed, epoch and sample index.</param>
    public static NoiseSource ByRow(IReadOnlyList<long> seeds) => new RowStreams(seeds);

    /// <summary>The same as <see cref="InOrder"/>.</summary>
    /// <param name="generator">A CPU generator; the caller disposes it.</param>
    public static implicit operator NoiseSource(Generator generator) => InOrder(generator);

    /// <summary>The next uniform numbers of every row, in [0, 1): float32 [<paramref name="rows"/>, <paramref name="columns"/>] on the CPU.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="columns">Numbers a row. More of them leave those before as they are.</param>
    /// <param name="lead">Columns that a batch has before the row's own first: they take nothing from the row's numbers. Default 0.</param>
    public abstract Tensor Uniforms(int rows, int columns, int lead = 0);

    private sealed class SharedStream(Generator generator) : NoiseSource
    {
        public override Generator Shared => generator;

        public override Tensor Uniforms(int rows, int columns, int lead = 0) => rand([rows, columns], float32, generator: generator);
    }

    // Number i of draw d of a row is SplitMix64's number (d, i) from the row's seed: any of them alone, without those before.
    private sealed class RowStreams(IReadOnlyList<long> seeds) : NoiseSource
    {
        private ulong _draws;

        public override Tensor Uniforms(int rows, int columns, int lead = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(rows, seeds.Count);
            var values = new float[rows * columns];
            for (int row = 0; row < rows; row++)
                Fill(values.AsSpan(row * columns, columns), (ulong)seeds[row], _draws << 32, lead);
            _draws++;
            return tensor(values, rows, columns);
        }

        private static void Fill(Span<float> values, ulong seed, ulong draw, int lead)
        {
            for (int i = 0; i < values.Length; i++)
            {
                ulong number = SplitMix64.Mix(unchecked(seed + ((draw + (uint)(i - lead) + 1) * SplitMix64.Increment)));
                values[i] = (number >> 40) * (1f / (1 << 24)); // 24 bits: every float32 step in [0, 1), and never 1
            }
        }
    }
}
