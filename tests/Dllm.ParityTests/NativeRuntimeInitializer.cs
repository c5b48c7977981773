using System.Runtime.CompilerServices;
using Dllm.Runtime;

namespace Dllm.ParityTests;

/// <summary>Loads the native runtime before any test touches TorchSharp.</summary>
internal static class NativeRuntimeInitializer
{
    [ModuleInitializer]
    internal static void Load() => NativeRuntime.Load();
}
