using System.Runtime.CompilerServices;

namespace Dllm.ParityTests;

/// <summary>Where reference vectors are.</summary>
internal static class GoldenFolders
{
    /// <summary>The repository's root, found from this source file.</summary>
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>The material that is not part of the repository; it need not exist.</summary>
    public static string Shared { get; } = Path.GetFullPath(Path.Combine(Repository, "..", "shared"));

    /// <summary>
    /// Roots of reference vectors: <c>DLLM_GOLDEN_DIR</c> alone if set; else the repository's own compact set and, where it
    /// exists, the full set beside the repository.
    /// </summary>
    public static IReadOnlyList<string> Roots { get; } =
        Environment.GetEnvironmentVariable("DLLM_GOLDEN_DIR") is { Length: > 0 } asked
            ? [Path.GetFullPath(asked)]
            : [.. new[] { Path.Combine(Repository, "tests", "golden"), Path.Combine(Shared, "golden") }.Where(Directory.Exists)];

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
