using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Dllm.Runtime;

/// <summary>What a run depends on besides its settings.</summary>
public static class RunEnvironment
{
    private const string Processors = "/proc/cpuinfo";

    /// <summary>Versions, system and hardware, by name.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Describe() =>
    [
        new("dllm", Version(typeof(RunEnvironment))),
        new(".NET", RuntimeInformation.FrameworkDescription),
        new("TorchSharp", $"{Version(typeof(TorchSharp.torch))}, made for libtorch {TorchSharp.torch.__version__}"),
        new("libtorch", NativeRuntime.Description ?? "not loaded"),
        new("threads", NativeRuntime.Threads.ToString(CultureInfo.InvariantCulture)),
        new("system", $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})"),
        new("processor", Processor()),
        new("instructions", Instructions()),
        new("memory", string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB")),
    ];

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Instructions()
    {
        (string Name, bool Has)[] known =
        [
            ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("AVX-512F", Avx512F.IsSupported), ("AVX-512VBMI", Avx512Vbmi.IsSupported),
            ("AVX-VNNI", AvxVnni.IsSupported), ("AdvSimd", AdvSimd.IsSupported),
        ];
        return string.Join(", ", known.Where(feature => feature.Has).Select(feature => feature.Name)) is { Length: > 0 } found ? found : "no vectors";
    }

    private static string Processor()
    {
        string? model = File.Exists(Processors)
            ? File.ReadLines(Processors).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return string.Create(CultureInfo.InvariantCulture, $"{model ?? "unknown"}, {Environment.ProcessorCount} logical");
    }
}
