using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>
/// libtorch's automatic mixed precision, which TorchSharp does not expose: while one is open, products on this thread run in bfloat16 and
/// sensitive operations in float32, whatever the weights' type. Reached through libtorch's exported functions.
/// </summary>
internal sealed unsafe class Autocast : IDisposable
{
    private static readonly Lazy<Functions?> Native = new(Functions.Find);
    private readonly Functions _native;
    private readonly sbyte _device;

    private Autocast(Functions native, DeviceType device)
    {
        (_native, _device) = (native, (sbyte)device);
        native.SetType(_device, (sbyte)ScalarType.BFloat16);
        native.SetEnabled(_device, 1);
        native.Enter();
    }

    /// <summary>Opens a bfloat16 region on a kind of device; null where <paramref name="wanted"/> is false.</summary>
    /// <exception cref="DllmException">This libtorch does not offer it.</exception>
    public static Autocast? Bf16(bool wanted, DeviceType device)
    {
        if (!wanted) return null;
        return Native.Value is { } native
            ? new Autocast(native, device)
            : throw new DllmException("computing in bfloat16 is not available with this build of libtorch", "leave out `bf16`, and `dtype` bfloat16");
    }

    /// <summary>Closes the region and drops the bfloat16 copies of the weights.</summary>
    public void Dispose()
    {
        if (_native.Leave() == 0) _native.ClearCache();
        _native.SetEnabled(_device, 0);
    }

    // The names are those of the Itanium C++ ABI (Linux and macOS).
    private sealed class Functions(nint library)
    {
        private const string Prefix = "_ZN2at8autocast";

        private readonly delegate* unmanaged<sbyte, byte, void> _setEnabled =
            (delegate* unmanaged<sbyte, byte, void>)NativeLibrary.GetExport(library, Prefix + "20set_autocast_enabledEN3c1010DeviceTypeEb");

        private readonly delegate* unmanaged<sbyte, sbyte, void> _setType =
            (delegate* unmanaged<sbyte, sbyte, void>)NativeLibrary.GetExport(
                library, Prefix + "18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE");

        private readonly delegate* unmanaged<int> _enter = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, Prefix + "17increment_nestingEv");

        private readonly delegate* unmanaged<int> _leave = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, Prefix + "17decrement_nestingEv");

        private readonly delegate* unmanaged<void> _clear = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, Prefix + "11clear_cacheEv");

        public static Functions? Find()
        {
            var name = OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
            return NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, Prefix + "11clear_cacheEv", out _)
                ? new Functions(library)
                : null;
        }

        public void SetEnabled(sbyte device, byte value) => _setEnabled(device, value);

        public void SetType(sbyte device, sbyte type) => _setType(device, type);

        public int Enter() => _enter();

        public int Leave() => _leave();

        public void ClearCache() => _clear();
    }
}
