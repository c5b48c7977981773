using System.Globalization;

namespace Dllm.Sampling;

/// <summary>The numbers that an option takes, as they are checked and told.</summary>
/// <param name="Least">The bound below.</param>
/// <param name="Most">The bound above.</param>
public sealed record NumberRange(double Least = 0, double Most = double.PositiveInfinity)
{
    /// <summary>Whether the bound below is itself too little.</summary>
    public bool AboveLeast { get; init; }

    /// <summary>Whether the bound above is itself too much.</summary>
    public bool BelowMost { get; init; }

    /// <summary>Whether a number is finite and within the bounds.</summary>
    public bool Contains(double value) => double.IsFinite(value) && value >= Least && value <= Most
        && !(AboveLeast && value == Least) && !(BelowMost && value == Most);

    /// <summary>The range in words.</summary>
    public override string ToString()
    {
        string least = Least.ToString(CultureInfo.InvariantCulture), most = Most.ToString(CultureInfo.InvariantCulture);
        string from = AboveLeast ? $"above {least}" : $"{least} or more", to = BelowMost ? $"below {most}" : $"at most {most}";
        return (double.IsNegativeInfinity(Least), double.IsPositiveInfinity(Most)) switch
        {
            (true, true) => "any",
            (true, false) => to,
            (false, true) => from,
            _ when AboveLeast || BelowMost => $"{from}, {to}",
            _ => $"{least} to {most}",
        };
    }
}
