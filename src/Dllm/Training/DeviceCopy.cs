using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>Moves what was made on the CPU to the model's device without waiting for it.</summary>
internal static class DeviceCopy
{
    /// <summary>
    /// <paramref name="values"/> themselves where they already lie on <paramref name="device"/> (null: the CPU); else a copy, which to a GPU goes
    /// through pinned memory, because a copy from ordinary memory waits until all work queued on the GPU is done.
    /// </summary>
    public static Tensor To(Tensor values, Device? device)
    {
        if (device is null || device.type == DeviceType.CPU) return values;
        if (device.type != DeviceType.CUDA) return values.to(device);
        using var pinned = values.pin_memory();
        return pinned.to(device, non_blocking: true);
    }
}
