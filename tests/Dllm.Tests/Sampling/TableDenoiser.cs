using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

/// <summary>
/// A denoiser without weights: logits are a random table by position plus the mean of random vectors of the visible tokens, so they
/// depend on the context but not on padding or on the other rows. Remembers what it was asked for.
/// </summary>
internal sealed class TableDenoiser : IDenoiser, IDisposable
{
    private const int Positions = 96;
    private readonly Tensor _byPosition; // [Positions, V]
    private readonly Tensor _byToken; // [V, V]

    public TableDenoiser(int vocabularySize = 23, ulong seed = 1, double sharpness = 3, ScalarType type = ScalarType.Float32)
    {
        VocabularySize = vocabularySize;
        using var generator = new Generator(seed, CPU);
        using var scope = NewDisposeScope();
        _byPosition = (sharpness * randn(Positions, vocabularySize, generator: generator)).to(type).DetachFromDisposeScope();
        _byToken = (sharpness * randn(vocabularySize, vocabularySize, generator: generator)).to(type).DetachFromDisposeScope();
    }

    public int VocabularySize { get; }

    public int Forwards { get; private set; }

    public List<long> RowsOfForwards { get; } = [];

    public List<long?> LogitRowsOfForwards { get; } = [];

    public Tensor Forward(DenoiserInput input)
    {
        Forwards++;
        RowsOfForwards.Add(input.Ids.size(0));
        LogitRowsOfForwards.Add(input.LogitPositions?.size(0));
        using var scope = NewDisposeScope();
        var visible = (input.AttentionMask ?? ones_like(input.Ids)).to(_byToken.dtype).unsqueeze(-1); // [B, T, 1]
        var context = (_byToken[input.Ids] * visible).sum(1, keepdim: true) / visible.sum(1, keepdim: true); // [B, 1, V]
        var logits = _byPosition[..(int)input.Ids.size(1)].unsqueeze(0) + context; // [B, T, V]
        return (input.LogitPositions is { } positions ? logits.view(-1, VocabularySize).index_select(0, positions) : logits.clone())
            .MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _byPosition.Dispose();
        _byToken.Dispose();
    }
}
