using static TorchSharp.torch;

namespace Dllm.Sampling;

/// <summary>A stream of random numbers for each row, so that a row's result does not depend on the rows beside it.</summary>
internal sealed class RowGenerators : IDisposable
{
    private readonly Generator[] _generators;

    /// <summary>Makes the streams; the first is that of the seed itself.</summary>
    public RowGenerators(long seed, int rows) =>
        _generators = [.. Enumerable.Range(0, rows).Select(row => new Generator(unchecked((ulong)RowSeed.Of(seed, row)), CPU))];

    /// <summary>The stream of a row.</summary>
    public Generator this[int row] => _generators[row];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var generator in _generators) generator.Dispose();
    }
}
