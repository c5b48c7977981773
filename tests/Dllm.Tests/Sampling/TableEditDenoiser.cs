using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Tests.Sampling;

/// <summary>An edit denoiser without weights: rates and logits depend on a token and on its left neighbour, never on padding.</summary>
internal sealed class TableEditDenoiser : IEditDenoiser, IDisposable
{
    private readonly Tensor _rates; // [V, 3]
    private readonly Tensor _logits; // [V, 2V]
    private readonly double _scale;

    public TableEditDenoiser(int vocabularySize = 23, double scale = 1)
    {
        (VocabularySize, _scale) = (vocabularySize, scale);
        using var generator = new Generator(5, CPU);
        using var scope = NewDisposeScope();
        _rates = rand(vocabularySize, 3, generator: generator).DetachFromDisposeScope();
        _logits = (3 * randn(vocabularySize, 2 * vocabularySize, generator: generator)).DetachFromDisposeScope();
    }

    public int VocabularySize { get; }

    public int Forwards { get; private set; }

    public List<long> RowsOfForwards { get; } = [];

    public EditPrediction Predict(DenoiserInput input, Tensor? time)
    {
        Forwards++;
        RowsOfForwards.Add(input.Ids.size(0));
        using var scope = NewDisposeScope();
        var left = cat([input.Ids.narrow(1, 0, 1), input.Ids.narrow(1, 0, input.Ids.size(1) - 1)], 1); // [B, T]
        var rates = ((_rates[input.Ids] + _rates[left]) * _scale).unbind(-1); // 3 × [B, T]
        var logits = (_logits[input.Ids] + _logits[left]).chunk(2, -1); // 2 × [B, T, V]
        return EditPrediction.Of(
            rates[0].MoveToOuterDisposeScope(),
            rates[1].MoveToOuterDisposeScope(),
            rates[2].MoveToOuterDisposeScope(),
            logits[0].MoveToOuterDisposeScope(),
            logits[1].MoveToOuterDisposeScope());
    }

    public void Dispose()
    {
        _rates.Dispose();
        _logits.Dispose();
    }
}
