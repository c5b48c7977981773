using static TorchSharp.torch;

namespace Dllm.Diffusion;

/// <summary>
/// How far Edit Flows have come from source to target at time t: kappa(t) is the chance that a position already holds the
/// target, 0 at t = 0 and 1 at t = 1. Evaluated in float32, as the original does (dLLM, core/schedulers/kappa).
/// </summary>
public abstract class KappaSchedule
{
    private protected KappaSchedule() { }

    /// <summary>kappa(t) = t.</summary>
    public static KappaSchedule Linear { get; } = new CubicKappaSchedule(-1, 0, "LinearKappaScheduler");

    /// <summary>kappa(t) = 1 - cos(pi/2 t).</summary>
    public static KappaSchedule Cosine { get; } = new CosineKappaSchedule();

    /// <summary>kappa(t) = (a+1) t³ - (a+b+1) t² + (b+1) t, with slope b+1 at 0 and a+1 at 1; both default to 1.</summary>
    public static KappaSchedule Cubic(double a = 1, double b = 1) => new CubicKappaSchedule(a, b, "CubicKappaScheduler");

    /// <summary>The original's class name.</summary>
    public abstract string Name { get; }

    /// <summary>Finds a schedule, with its default parameters, by the original's class name; case is ignored.</summary>
    /// <exception cref="DllmException">No schedule has that name.</exception>
    public static KappaSchedule ByName(string name)
    {
        KappaSchedule[] known = [Cosine, Cubic(), Linear];
        return Array.Find(known, s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new DllmException(
                $"there is no kappa schedule named '{name}'", $"choose one of {string.Join(", ", known.Select(s => s.Name))}");
    }

    /// <summary>kappa at every time of <paramref name="t"/>: float32, any shape, values in [0, 1]; returns the same shape.</summary>
    public abstract Tensor Kappa(Tensor t);

    /// <summary>The derivative of kappa at every time of <paramref name="t"/>: float32, any shape, values in [0, 1].</summary>
    public abstract Tensor KappaDerivative(Tensor t);

    /// <summary>The rate of an outstanding edit, kappa'(t) / (1 - kappa(t) + 1e-6): float32, any shape, values in [0, 1].</summary>
    public Tensor Weight(Tensor t)
    {
        using var scope = NewDisposeScope();
        return (KappaDerivative(t) / (1 - Kappa(t) + 1e-6)).MoveToOuterDisposeScope();
    }

    /// <summary>kappa at one time in [0, 1]: the float32 value, widened.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="t"/> is outside [0, 1] or not a number.</exception>
    public double Kappa(double t) => Schedules.Evaluate(Kappa, t);

    /// <summary>The derivative of kappa at one time in [0, 1]: the float32 value, widened.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="t"/> is outside [0, 1] or not a number.</exception>
    public double KappaDerivative(double t) => Schedules.Evaluate(KappaDerivative, t);

    /// <summary>The rate of an outstanding edit at one time in [0, 1]: float32 parts, combined in float64.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="t"/> is outside [0, 1] or not a number.</exception>
    public double Weight(double t) => KappaDerivative(t) / (1 - Kappa(t) + 1e-6);

    private sealed class CubicKappaSchedule(double a, double b, string name) : KappaSchedule
    {
        public override string Name => name;

        public override Tensor Kappa(Tensor t)
        {
            using var scope = NewDisposeScope();
            return ((a + 1) * t.pow(3) - (a + b + 1) * t.pow(2) + (b + 1) * t).MoveToOuterDisposeScope();
        }

        public override Tensor KappaDerivative(Tensor t)
        {
            using var scope = NewDisposeScope();
            return (3 * (a + 1) * t.pow(2) - 2 * (a + b + 1) * t + (b + 1)).MoveToOuterDisposeScope();
        }
    }

    private sealed class CosineKappaSchedule : KappaSchedule
    {
        public override string Name => "CosineKappaScheduler";

        public override Tensor Kappa(Tensor t)
        {
            using var scope = NewDisposeScope();
            return (1 - cos(0.5 * Math.PI * t)).MoveToOuterDisposeScope();
        }

        public override Tensor KappaDerivative(Tensor t)
        {
            using var scope = NewDisposeScope();
            return (0.5 * Math.PI * sin(0.5 * Math.PI * t)).MoveToOuterDisposeScope();
        }
    }
}
