using static TorchSharp.torch;

namespace Dllm.Diffusion;

/// <summary>
/// How much of a clean sequence is left at diffusion time t: alpha(t) is the chance that a token is still unmasked,
/// 1 at t = 0 (clean) and 0 at t = 1 (all masks). Everything is evaluated in float32, as the original does
/// (dLLM, core/schedulers), because the rounding of <see cref="TransferSchedule"/> depends on it.
/// </summary>
/// <remarks>The field also says "alpha scheduler"; "scheduler" is kept here for the learning rate.</remarks>
public abstract class NoiseSchedule
{
    private static readonly NoiseSchedule[] Known = [new CosineSchedule(), new LinearSchedule()];

    private protected NoiseSchedule() { }

    /// <summary>alpha(t) = 1 - t, the schedule of MDLM and LLaDA.</summary>
    public static NoiseSchedule Linear => Known[1];

    /// <summary>alpha(t) = 1 - cos(pi/2 (1 - t)).</summary>
    public static NoiseSchedule Cosine => Known[0];

    /// <summary>The original's class name, such as <c>LinearAlphaScheduler</c>: as the original's recipes say.</summary>
    public abstract string Name { get; }

    /// <summary>The name used on the command line and in recipes: <c>linear</c> or <c>cosine</c>.</summary>
    public abstract string ShortName { get; }

    /// <summary>Finds a schedule by the original's class name; case is ignored.</summary>
    /// <exception cref="DllmException">No schedule has that name (short names are for <see cref="Parse"/>).</exception>
    public static NoiseSchedule ByName(string name) =>
        Array.Find(Known, s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw Unknown(name, Known.Select(s => s.Name));

    /// <summary>Finds a schedule by its short name or by the original's class name; case is ignored.</summary>
    /// <exception cref="DllmException">No schedule has that name.</exception>
    public static NoiseSchedule Parse(string name) =>
        Array.Find(Known, s => s.ShortName.Equals(name, StringComparison.OrdinalIgnoreCase)
            || s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw Unknown(name, Known.Select(s => s.ShortName));

    /// <summary>alpha at every time of <paramref name="t"/>: float32, any shape, values in [0, 1]; returns the same shape.</summary>
    public abstract Tensor Alpha(Tensor t);

    /// <summary>The derivative of alpha at every time of <paramref name="t"/>: float32, any shape, values in [0, 1].</summary>
    public abstract Tensor AlphaDerivative(Tensor t);

    /// <summary>The weight of the diffusion loss, -alpha'(t) / (1 - alpha(t) + 1e-6): float32, any shape, values in [0, 1].</summary>
    public Tensor Weight(Tensor t)
    {
        using var scope = NewDisposeScope();
        return (-AlphaDerivative(t) / (1 - Alpha(t) + 1e-6)).MoveToOuterDisposeScope();
    }

    /// <summary>alpha at one time in [0, 1]: the float32 value, widened.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="t"/> is outside [0, 1] or not a number.</exception>
    public double Alpha(double t) => Schedules.Evaluate(Alpha, t);

    /// <summary>The derivative of alpha at one time in [0, 1]: the float32 value, widened.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="t"/> is outside [0, 1] or not a number.</exception>
    public double AlphaDerivative(double t) => Schedules.Evaluate(AlphaDerivative, t);

    /// <summary>The loss weight at one time in [0, 1]: float32 alpha and derivative, combined in float64.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="t"/> is outside [0, 1] or not a number.</exception>
    public double Weight(double t) => -AlphaDerivative(t) / (1 - Alpha(t) + 1e-6);

    /// <summary>
    /// The chance that a token masked at time <paramref name="t"/> is still masked at the earlier time <paramref name="s"/>:
    /// (1 - alpha(s)) / (1 - alpha(t)), in float32, widened.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 &lt;= s &lt; t &lt;= 1.</exception>
    public double ReverseMaskProbability(double s, double t) => ReverseMaskProbabilities([s], [t])[0];

    /// <summary><see cref="ReverseMaskProbability"/> of several pairs, evaluated together.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A pair is not 0 &lt;= s &lt; t &lt;= 1.</exception>
    public double[] ReverseMaskProbabilities(double[] s, double[] t)
    {
        for (var i = 0; i < s.Length; i++)
        {
            if (!(s[i] >= 0 && (float)s[i] < (float)t[i] && t[i] <= 1))
                throw new ArgumentOutOfRangeException(nameof(s), $"0 <= s < t <= 1 is asked for, not s = {s[i]}, t = {t[i]}");
        }

        using var scope = NewDisposeScope();
        var ratio = (1 - Alpha(tensor(s, float32))) / (1 - Alpha(tensor(t, float32)));
        return Array.ConvertAll(ratio.data<float>().ToArray(), p => (double)p);
    }

    private static DllmException Unknown(string name, IEnumerable<string> names) =>
        new($"there is no noise schedule named '{name}'", $"choose one of {string.Join(", ", names)}");
}
