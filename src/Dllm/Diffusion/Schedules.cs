using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Diffusion;

/// <summary>What noise and kappa schedules share: the evaluation of a tensor function at one time.</summary>
internal static class Schedules
{
    /// <summary>Evaluates a schedule's function at one time, in float32.</summary>
    public static double Evaluate(Func<Tensor, Tensor> function, double t)
    {
        if (!(t is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(t), t, "a diffusion time is in [0, 1]");
        using var scope = NewDisposeScope();
        return function(tensor((float)t)).ToSingle();
    }
}
