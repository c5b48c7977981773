using System.Runtime.InteropServices;

namespace Dllm.Runtime;

/// <summary>How the C library's allocator, from which libtorch takes the memory of tensors, treats large blocks.</summary>
internal static partial class NativeHeap
{
    // glibc's malloc.h: M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX. Linux's mman.h: MADV_HUGEPAGE.
    private const int TrimThreshold = -1, MmapMax = -4, ArenaMax = -8, InHugePages = 14;

    private const int KeptBytes = 1 << 30;
    private const int HugePage = 2 << 20;
    private const int ReservedBytes = KeptBytes - 32 * HugePage; // less than is given back when it is freed

    private static bool _hasSettings;

    /// <summary>
    /// Has large blocks come from one heap, up to 1 GiB of freed ones stay there, and its first GiB lie in huge pages. By itself glibc maps
    /// every block above 32 MiB anew and gives it back when it is freed, so that each forward pays a page fault for every 4 KiB of its logits,
    /// a third of a small model's time. And activations in pages of 4 KiB, spread over a heap for each thread, miss the processor's table of
    /// pages: 4 to 7 % of a bfloat16 forward. Does nothing on systems without glibc, and nothing to what the environment variables
    /// MALLOC_MMAP_MAX_, MALLOC_TRIM_THRESHOLD_ and MALLOC_ARENA_MAX say.
    /// </summary>
    public static void KeepLargeBlocks()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            Set(ArenaMax, 1, "MALLOC_ARENA_MAX");
            Set(MmapMax, 0, "MALLOC_MMAP_MAX_");
            Set(TrimThreshold, KeptBytes, "MALLOC_TRIM_THRESHOLD_");
            _hasSettings = true;
            ReserveHugePages();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // another C library: it has no such settings
        }
    }

    /// <summary>
    /// Has the next GiB that the heap grows by lie in huge pages. What was reserved before is used up first: called again and again, as each
    /// matrix of a large model is packed, all of them and the activations after them lie in huge pages.
    /// </summary>
    public static void ReserveHugePages()
    {
        if (!_hasSettings) return;
        nint block = Malloc(ReservedBytes);
        if (block == 0) return;
        nint first = (block + HugePage - 1) & -HugePage;
        nint last = (block + ReservedBytes) & -HugePage;
        MAdvise(first, last - first, InHugePages); // refused where huge pages are switched off: then nothing changes
        Free(block); // only addresses were taken: memory is used where a tensor is written
    }

    /// <summary>Gives every whole page that is free back to the system, in the midst of the heap too. Addresses stay, and so do huge pages.</summary>
    public static void Trim()
    {
        if (_hasSettings) MallocTrim(0);
    }

    private static void Set(int parameter, int value, string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is null) MallOpt(parameter, value);
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    [LibraryImport("libc.so.6", EntryPoint = "malloc")]
    private static partial nint Malloc(nint bytes);

    [LibraryImport("libc.so.6", EntryPoint = "free")]
    private static partial void Free(nint block);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint kept);

    [LibraryImport("libc.so.6", EntryPoint = "madvise")]
    private static partial int MAdvise(nint start, nint bytes, int advice);
}
