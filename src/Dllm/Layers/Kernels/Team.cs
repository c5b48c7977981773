using System.Diagnostics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dllm.Layers.Kernels;

/// <summary>Work on rows that do not depend on each other.</summary>
internal interface IRowKernel
{
    /// <summary>Does rows <paramref name="first"/> … <paramref name="behind"/> - 1. May run on several threads at once; must not throw.</summary>
    void Run(long first, long behind);
}

/// <summary>
/// The threads of libtorch's own operators, lent to ours: its OpenMP team, which still spins from the operator before when ours begins.
/// Threads of .NET's would find the processors taken by those that spin. Where the team cannot be found (Windows, macOS) the calling thread
/// does everything.
/// </summary>
internal static unsafe class Team
{
    // An operator's work below this many elements is not worth waking a thread for; libtorch's own bound is the same.
    private const long LeastElements = 32768;

    private static readonly Lazy<Entries> OpenMp = new(Find);

    // libgomp's ABI: void GOMP_parallel(void (*fn)(void*), void* data, unsigned threads, unsigned flags); int omp_get_thread_num(void);
    // int omp_get_num_threads(void).
    private readonly record struct Entries(nint Parallel, nint ThreadNumber, nint Threads);

    private struct Job
    {
        public delegate*<void*, long, long, void> Body;
        public void* Kernel;
        public long Rows;
        public delegate* unmanaged<int> ThreadNumber;
        public delegate* unmanaged<int> Threads;
    }

    /// <summary>Runs a kernel over rows of so many elements each, in parts of like size: what a row gives does not depend on them.</summary>
    public static void Run<TKernel>(TKernel kernel, long rows, long elementsOfRow)
        where TKernel : unmanaged, IRowKernel
    {
        var parts = Math.Min(rows, Math.Min(rows * elementsOfRow / LeastElements, get_num_threads()));
        if (parts <= 1 || OpenMp.Value.Parallel == 0)
        {
            kernel.Run(0, rows);
            return;
        }

        var job = new Job
        {
            Body = &Body<TKernel>,
            Kernel = &kernel,
            Rows = rows,
            ThreadNumber = (delegate* unmanaged<int>)OpenMp.Value.ThreadNumber,
            Threads = (delegate* unmanaged<int>)OpenMp.Value.Threads,
        };
        var parallel = (delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)OpenMp.Value.Parallel;
        parallel(&Enter, &job, (uint)parts, 0);
    }

    private static void Body<TKernel>(void* kernel, long first, long behind)
        where TKernel : unmanaged, IRowKernel => ((TKernel*)kernel)->Run(first, behind);

    [UnmanagedCallersOnly]
    private static void Enter(void* data)
    {
        var job = (Job*)data;
        var (number, parts) = (job->ThreadNumber(), job->Threads()); // OpenMP may give fewer threads than were asked for
        job->Body(job->Kernel, job->Rows * number / parts, job->Rows * (number + 1) / parts);
    }

    private static Entries Find()
    {
        if (!OperatingSystem.IsLinux()) return default;
        using var process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (module.FileName is { } file && Path.GetFileName(file).StartsWith("libgomp", StringComparison.Ordinal)
                && NativeLibrary.TryLoad(file, out var library)
                && NativeLibrary.TryGetExport(library, "GOMP_parallel", out var parallel)
                && NativeLibrary.TryGetExport(library, "omp_get_thread_num", out var threadNumber)
                && NativeLibrary.TryGetExport(library, "omp_get_num_threads", out var threads))
            {
                return new Entries(parallel, threadNumber, threads);
            }
        }

        return default;
    }
}
