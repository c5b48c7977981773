using Dllm.Diffusion;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>How much a masked token counts in the loss (the original's <c>loss_weight_type</c>).</summary>
public abstract class LossWeighting
{
    /// <summary>−α'(t) / (1 − α(t)), the weight of the evidence bound: a row with few masks counts more a mask. The default.</summary>
    public static LossWeighting Schedule { get; } = new ScheduleWeighting();

    /// <summary>1, whatever the time.</summary>
    public static LossWeighting Uniform { get; } = new UniformWeighting();

    /// <summary>The name in options: <c>scheduler</c>, <c>uniform</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The weighting of a name in options.</summary>
    /// <exception cref="DllmException">There is none of that name.</exception>
    public static LossWeighting Parse(string name) => name switch
    {
        "scheduler" => Schedule,
        "uniform" => Uniform,
        _ => throw new DllmException($"there is no loss_weight_type '{name}'", "choose scheduler or uniform"),
    };

    /// <summary>The weights of a noised batch: float32, [B, T] or a shape that broadcasts to it.</summary>
    public abstract Tensor Weights(NoisedBatch noised, NoiseSchedule schedule);

    private sealed class ScheduleWeighting : LossWeighting
    {
        public override string Name => "scheduler";

        public override Tensor Weights(NoisedBatch noised, NoiseSchedule schedule)
        {
            using var weights = schedule.Weight(noised.Times); // [B]
            return weights.unsqueeze(1); // [B, 1]
        }
    }

    private sealed class UniformWeighting : LossWeighting
    {
        public override string Name => "uniform";

        public override Tensor Weights(NoisedBatch noised, NoiseSchedule schedule) => ones(1, 1, dtype: float32);
    }
}
