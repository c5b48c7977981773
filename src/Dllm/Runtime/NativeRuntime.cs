using TorchSharp;

namespace Dllm.Runtime;

/// <summary>
/// Finds and loads the native half of TorchSharp: libtorch and <c>libLibTorchSharp</c>. Call <see cref="Load"/> before
/// anything of TorchSharp is touched; whatever TorchSharp then asks for by name is already in the process.
/// </summary>
/// <remarks>
/// libtorch is taken from the first of these places:
/// <list type="number">
/// <item>the directory named by the environment variable <c>DLLM_LIBTORCH_DIR</c> (the <c>torch/lib</c> folder of an installed
/// PyTorch, or a CUDA build of libtorch);</item>
/// <item>the folder <c>libtorch</c> beside the application, where this project's own hosts keep it;</item>
/// <item>wherever the .NET host looks for native libraries, which is where a plain NuGet reference to TorchSharp puts it.</item>
/// </list>
/// On Linux systems whose libstdc++ is older than the one <c>libLibTorchSharp.so</c> was linked against, a corrected copy is
/// loaded: see <see cref="PortableCopy"/>.
/// </remarks>
public static class NativeRuntime
{
    /// <summary>The environment variable that names a directory with another libtorch.</summary>
    public const string DirectoryVariable = "DLLM_LIBTORCH_DIR";

    private static readonly Lock Gate = new();
    private static bool _loaded;

    /// <summary>What was loaded and from where, for a diagnostic line; null before <see cref="Load"/>.</summary>
    public static string? Description { get; private set; }

    /// <summary>
    /// Number of threads that one tensor operation uses. Default: <see cref="DefaultThreads"/>. Range: 1 to 1,024.
    /// </summary>
    /// <exception cref="DllmException">The value is out of range.</exception>
    public static int Threads
    {
        get
        {
            Load();
            return torch.get_num_threads();
        }

        set
        {
            if (value is < 1 or > 1024)
            {
                throw new DllmException($"threads is {value}, outside 1 to 1024", "use the number of physical cores, or leave it out");
            }

            Load();
            torch.set_num_threads(value);
        }
    }

    /// <summary>
    /// The number of physical cores this process may use, or what <c>OMP_NUM_THREADS</c> says. A second hardware thread on
    /// a core does not help matrix products.
    /// </summary>
    public static int DefaultThreads =>
        int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), out int asked) && asked > 0
            ? asked
            : ProcessorTopology.PhysicalCores();

    /// <summary>Loads the native libraries once; later calls return at once. Safe to call from several threads.</summary>
    /// <exception cref="DllmException">No usable native library was found; the message lists what was tried and what is missing.</exception>
    public static void Load()
    {
        lock (Gate)
        {
            if (_loaded)
            {
                return;
            }

            NativeHeap.KeepLargeBlocks();
            string? asked = Environment.GetEnvironmentVariable(DirectoryVariable);
            var place = string.IsNullOrEmpty(asked) ? TorchLibraries.Bundled() : TorchLibraries.InDirectory(asked, DirectoryVariable);
            Description = place.Load();
            if (!torch.TryInitializeDeviceType(DeviceType.CPU))
            {
                throw new DllmException($"the native libraries in {place.Directory} loaded, but TorchSharp could not start on them");
            }

            torch.set_num_threads(DefaultThreads);
            _loaded = true;
        }
    }

    /// <summary>True if a CUDA device can be used with the libraries that are loaded.</summary>
    public static bool CudaIsAvailable
    {
        get
        {
            Load();
            return torch.cuda_is_available();
        }
    }
}
