using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Dllm.Runtime;

/// <summary>
/// A corrected copy of <c>libLibTorchSharp.so</c> for systems with an older libstdc++ (Debian 12, Ubuntu 22.04, RHEL 9).
/// </summary>
/// <remarks>
/// The library of TorchSharp 0.107.0 names <c>GLIBCXX_3.4.32</c> among the versions it needs, so the loader of those systems
/// refuses it, although no symbol of that version is used. <see cref="ElfVersionRequirements"/> flags the requirement as weak,
/// two bytes, in a copy: the shipped file is never touched. The copy lives in a per-user cache under the hash of the original,
/// is written aside and then renamed, and so may be made by several processes at once.
/// </remarks>
internal static partial class PortableCopy
{
    /// <summary>Makes the copy, or finds it in the cache.</summary>
    /// <param name="library">The library as shipped.</param>
    /// <param name="loaderError">What the system's loader said; it names the missing version.</param>
    /// <param name="cacheRoot">Folder of the cache; null for the user's own.</param>
    /// <returns>The copy's path, or null if the error is of another kind or the version is really needed.</returns>
    public static string? TryMake(string library, string loaderError, string? cacheRoot = null)
    {
        var missing = MissingVersion().Match(loaderError);
        if (!missing.Success)
        {
            return null;
        }

        byte[] image = File.ReadAllBytes(library);
        string hash = Convert.ToHexStringLower(SHA256.HashData(image))[..32];
        string version = missing.Value;
        string folder = Path.Combine(cacheRoot ?? DefaultCacheRoot(), "native", $"{hash}-{version}");
        string copy = Path.Combine(folder, Path.GetFileName(library));
        if (!ElfVersionRequirements.MakeWeak(image, version))
        {
            return null;
        }

        if (!IsWhole(copy, image.Length))
        {
            Directory.CreateDirectory(folder);
            string aside = Path.Combine(folder, $".{Guid.NewGuid():n}.tmp");
            try
            {
                File.WriteAllBytes(aside, image);
                File.Move(aside, copy, overwrite: true);
            }
            finally
            {
                File.Delete(aside);
            }
        }

        return copy;
    }

    private static bool IsWhole(string path, long length) => new FileInfo(path) is { Exists: true } file && file.Length == length;

    private static string DefaultCacheRoot()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.IsPathRooted(cache) ? Path.Combine(cache, "dllm") : Path.Combine(Path.GetTempPath(), "dllm-cache");
    }

    [GeneratedRegex(@"GLIBCXX_[0-9]+(\.[0-9]+)+")]
    private static partial Regex MissingVersion();
}
