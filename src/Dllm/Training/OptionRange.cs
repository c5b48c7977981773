using System.Globalization;

namespace Dllm.Training;

/// <summary>Range checks of training options: what, the value, the bound.</summary>
internal static class OptionRange
{
    /// <summary>Requires <paramref name="low"/> ≤ <paramref name="value"/> ≤ <paramref name="high"/>.</summary>
    public static void Within(double value, double low, double high, string option)
    {
        if (value >= low && value <= high)
            return;
        var bound = high is double.MaxValue or int.MaxValue ? $"at least {Text(low)}" : $"in {Text(low)} … {Text(high)}";
        throw new DllmException($"{option} is {Text(value)}, but must be {bound}", $"choose a value {bound}");
    }

    /// <summary>Requires <paramref name="value"/> &gt; <paramref name="low"/>, and finite.</summary>
    public static void Above(double value, double low, string option)
    {
        if (value > low && double.IsFinite(value))
            return;
        throw new DllmException($"{option} is {Text(value)}, but must be above {Text(low)}", $"choose a value above {Text(low)}");
    }

    private static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
