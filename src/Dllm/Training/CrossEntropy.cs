using static TorchSharp.torch;

namespace Dllm.Training;

// N rows, V vocabulary.

/// <summary>
/// Cross-entropy by row, as torch's, but with [N, V] held once. Torch's keeps the logarithms of the probabilities and makes two more tensors of that
/// size going back, the most that training holds beside the weights; this one turns the logits into their own gradient.
/// </summary>
internal sealed class CrossEntropy
{
    private const int PieceElements = 1 << 22; // what is made beside the logits: 16 MiB of float32
    private readonly Tensor _logits;
    private readonly Tensor _targets;
    private readonly Tensor _sums;

    /// <summary>Computes −log p(target) of each row.</summary>
    /// <param name="logits">[N, V].</param>
    /// <param name="targets">[N] int64.</param>
    public CrossEntropy(Tensor logits, Tensor targets)
    {
        using var guard = no_grad();
        (_logits, _targets) = (logits.detach(), targets.unsqueeze(1));
        _sums = empty([targets.shape[0], 1], float32, logits.device); // [N, 1]
        foreach (var (first, count) in Pieces())
        {
            using var step = NewDisposeScope();
            _sums.narrow(0, first, count).copy_(_logits.narrow(0, first, count).to(float32).logsumexp(1, keepdim: true));
        }

        Values = (_sums - _logits.gather(1, _targets).to(float32)).squeeze(1);
    }

    /// <summary>[N] float32, without a gradient.</summary>
    public Tensor Values { get; }

    /// <summary>The gradient of the values' sum, weighted by row, in place of the logits: [N, V], of their type.</summary>
    /// <param name="weights">[N] float32.</param>
    public Tensor IntoGradient(Tensor weights)
    {
        using var guard = no_grad();
        var factors = weights.unsqueeze(1); // [N, 1]
        foreach (var (first, count) in Pieces())
        {
            using var step = NewDisposeScope();
            Tensor Rows(Tensor values) => values.narrow(0, first, count);
            var logits = Rows(_logits); // [n, V]
            var probabilities = logits.to(float32).sub_(Rows(_sums)).exp_(); // the logits' own memory where they are float32
            probabilities.scatter_add_(1, Rows(_targets), full([count, 1], -1f, dtype: float32, device: logits.device)).mul_(Rows(factors));
            if (logits.dtype != float32) logits.copy_(probabilities);
        }

        return _logits;
    }

    private IEnumerable<(long First, long Count)> Pieces()
    {
        long rows = _logits.shape[0], most = Math.Max(1, PieceElements / _logits.shape[1]);
        for (long first = 0; first < rows; first += most) yield return (first, Math.Min(most, rows - first));
    }
}
