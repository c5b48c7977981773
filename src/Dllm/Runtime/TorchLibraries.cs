using System.Runtime.InteropServices;

namespace Dllm.Runtime;

/// <summary>A set of native libraries: one directory's libtorch, and the <c>libLibTorchSharp</c> that goes with it.</summary>
/// <param name="Directory">Where libtorch is.</param>
/// <param name="Bridge">Path of <c>libLibTorchSharp</c>, the C interface that TorchSharp calls.</param>
internal sealed record TorchLibraries(string Directory, string Bridge)
{
    // In the order of their dependencies; the CUDA parts are there in a CUDA build only.
    private static readonly string[] LoadOrder = ["c10", "c10_cuda", "torch_cpu", "torch_cuda", "torch"];
    private static readonly string[] Required = ["c10", "torch_cpu", "torch"];

    /// <summary>The libraries that came with the application.</summary>
    public static TorchLibraries Bundled()
    {
        var places = BundledPlaces().Distinct().ToList();
        string? bridge = FindIn(places, "LibTorchSharp");
        string? torch = FindIn(places, "torch_cpu");
        if (bridge is null || torch is null)
        {
            string missing = bridge is null ? FileName("LibTorchSharp") : FileName("torch_cpu");
            throw new DllmException(
                $"the native library {missing} was found in none of: {string.Join(", ", places)}",
                "reference a libtorch package (for example libtorch-cpu-linux-x64) in the application, or set "
                + $"{NativeRuntime.DirectoryVariable} to the torch/lib folder of an installed PyTorch");
        }

        return new TorchLibraries(Path.GetDirectoryName(torch)!, bridge);
    }

    /// <summary>The libtorch of <paramref name="directory"/>, with the application's own <c>libLibTorchSharp</c> or one beside it.</summary>
    public static TorchLibraries InDirectory(string directory, string source)
    {
        directory = Path.GetFullPath(directory);
        foreach (string name in Required)
        {
            if (!File.Exists(Path.Combine(directory, FileName(name))))
            {
                throw new DllmException(
                    $"{source} is {directory}, where {FileName(name)} is missing",
                    "name the folder that holds libtorch: torch/lib of an installed PyTorch, or lib of a libtorch archive");
            }
        }

        string bridge = FindIn([.. BundledPlaces(), directory], "LibTorchSharp")
            ?? throw new DllmException(
                $"{FileName("LibTorchSharp")} was found neither beside the application nor in {directory}",
                "reference the TorchSharp package in the application");
        return new TorchLibraries(directory, bridge);
    }

    /// <summary>Loads all, and says what was loaded.</summary>
    public string Load()
    {
        foreach (string name in LoadOrder)
        {
            string path = Path.Combine(Directory, FileName(name));
            if (File.Exists(path) && !SharedLibrary.TryLoad(path, out string error))
            {
                throw new DllmException($"{path} does not load: {error}", "install what the message names, or choose another libtorch");
            }
        }

        if (SharedLibrary.TryLoad(Bridge, out string reason))
        {
            return $"libtorch from {Directory}";
        }

        if (PortableCopy.TryMake(Bridge, reason) is { } copy && SharedLibrary.TryLoad(copy, out reason))
        {
            return $"libtorch from {Directory}, {Path.GetFileName(Bridge)} made portable in {copy}";
        }

        throw new DllmException(
            $"{Bridge} does not load: {reason}",
            $"it was made for libtorch 2.10: use that version in {NativeRuntime.DirectoryVariable}, or install what the message names");
    }

    private static IEnumerable<string> BundledPlaces()
    {
        yield return Path.Combine(AppContext.BaseDirectory, "libtorch");
        if (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string searched)
        {
            foreach (string place in searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            {
                yield return Path.TrimEndingDirectorySeparator(place);
            }
        }

        yield return Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
    }

    private static string? FindIn(IEnumerable<string> places, string name) =>
        places.Select(place => Path.Combine(place, FileName(name))).FirstOrDefault(File.Exists);

    private static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";
}
