using System.Runtime.InteropServices;

namespace Dllm.Runtime;

/// <summary>How the C library's allocator, from which libtorch takes the memory of tensors, treats large blocks.</summary>
internal static partial class NativeHeap
{
    private const int TrimThreshold = -1, MmapMax = -4; // M_TRIM_THRESHOLD and M_MMAP_MAX of glibc's malloc.h
    private const int KeptBytes = 1 << 30;

    /// <summary>
    /// Has large blocks come from the heap and up to 1 GiB of freed ones stay there. By itself glibc maps every block above 32 MiB anew and
    /// gives it back when it is freed, so that each forward pays a page fault for every 4 KiB of its logits: a third of the time of a small
    /// model's. Does nothing on systems without glibc, and nothing to what the environment variables MALLOC_MMAP_MAX_ and
    /// MALLOC_TRIM_THRESHOLD_ say.
    /// </summary>
    public static void KeepLargeBlocks()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            if (Environment.GetEnvironmentVariable("MALLOC_MMAP_MAX_") is null) MallOpt(MmapMax, 0);
            if (Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is null) MallOpt(TrimThreshold, KeptBytes);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // another C library: it has no such settings
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);
}
