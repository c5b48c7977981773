using System.Diagnostics;
using System.Globalization;

namespace Dllm.Benchmarks;

/// <summary>Resident memory of this process, in bytes.</summary>
internal static class ProcessMemory
{
    private const string Linux = "/proc/self";

    /// <summary>What it holds now.</summary>
    public static double Now => Directory.Exists(Linux) ? Field("VmRSS:") : Environment.WorkingSet;

    /// <summary>The most it held since <see cref="ResetPeak"/>, on Linux; elsewhere since its start.</summary>
    public static double Peak => Directory.Exists(Linux) ? Field("VmHWM:") : Process.GetCurrentProcess().PeakWorkingSet64;

    /// <summary>Sets the peak back to what is held now.</summary>
    public static void ResetPeak()
    {
        if (Directory.Exists(Linux)) File.WriteAllText(Linux + "/clear_refs", "5");
    }

    private static double Field(string name) => double.Parse(
        File.ReadLines(Linux + "/status").First(text => text.StartsWith(name, StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture) * 1024;
}
