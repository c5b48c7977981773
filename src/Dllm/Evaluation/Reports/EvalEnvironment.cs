using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Dllm.Runtime;

namespace Dllm.Evaluation.Reports;

/// <summary>What a run depends on besides its settings.</summary>
public static class EvalEnvironment
{
    private const string Processors = "/proc/cpuinfo";

    /// <summary>Versions, system and hardware, by name.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Describe() =>
    [
        new("dllm", typeof(EvalEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown"),
        new(".NET", RuntimeInformation.FrameworkDescription),
        new("libtorch", NativeRuntime.Description ?? "not loaded"),
        new("threads", NativeRuntime.Threads.ToString(CultureInfo.InvariantCulture)),
        new("system", $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})"),
        new("processor", Processor()),
        new("memory", string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB")),
    ];

    private static string Processor()
    {
        string? model = File.Exists(Processors)
            ? File.ReadLines(Processors).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return string.Create(CultureInfo.InvariantCulture, $"{model ?? "unknown"}, {Environment.ProcessorCount} logical");
    }
}
