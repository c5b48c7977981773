using System.Globalization;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>
/// The numbers of the steps not yet read from the device. They stay there as tensors until <see cref="Drain"/>, so that steps do not wait for them.
/// </summary>
internal sealed class StepMetrics : IDisposable
{
    private readonly List<(int Step, long Tokens, Tensor Values)> _pending = [];

    /// <summary>Steps waiting.</summary>
    public int Count => _pending.Count;

    /// <summary>Keeps a step's loss, gradient norm and summed negative log-likelihood: float32 scalars, which stay the caller's.</summary>
    public void Add(int step, long tokens, Tensor loss, Tensor gradientNorm, Tensor negativeLogLikelihood) =>
        _pending.Add((step, tokens, stack([loss, gradientNorm, negativeLogLikelihood]).DetachFromDisposeScope())); // [3]

    /// <summary>Reads what is waiting, in one transfer, into <paramref name="state"/>.</summary>
    /// <exception cref="DllmException">A loss or gradient is not finite; names the first step.</exception>
    public void Drain(TrainerState state)
    {
        if (_pending.Count == 0) return;
        float[] values;
        using (NewDisposeScope())
            values = stack([.. _pending.Select(p => p.Values)]).cpu().data<float>().ToArray(); // [steps, 3]
        for (var i = 0; i < _pending.Count; i++)
        {
            var (loss, norm, nll) = (values[3 * i], values[(3 * i) + 1], values[(3 * i) + 2]);
            if (!float.IsFinite(loss) || !float.IsFinite(norm))
            {
                var (what, value) = float.IsFinite(loss) ? ("gradient norm", norm) : ("loss", loss);
                throw new DllmException(
                    string.Create(CultureInfo.InvariantCulture, $"training diverged: at step {_pending[i].Step} the {what} is {value}"),
                    "lower learning_rate or max_grad_norm, warm up longer, or `resume` from the last checkpoint in float32 (`bf16` off)");
            }

            state.Add(loss, norm, nll, _pending[i].Tokens);
        }

        Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Clear()
    {
        foreach (var (_, _, values) in _pending)
            values.Dispose();
        _pending.Clear();
    }
}
