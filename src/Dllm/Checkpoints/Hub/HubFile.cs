using System.Text.RegularExpressions;

namespace Dllm.Checkpoints.Hub;

/// <summary>A file of a repository, as the hub lists it.</summary>
/// <param name="Path">Its place in the repository, with slashes.</param>
/// <param name="Size">Its bytes; null where the hub did not say.</param>
/// <param name="Hash">SHA-256 of a large file, git's blob hash of a small one, in lower case; null where the hub did not say.</param>
public sealed partial record HubFile(string Path, long? Size, string? Hash)
{
    /// <summary>No file is larger: 16 TiB, more than any file system of a user's holds in one.</summary>
    internal const long MostBytes = 1L << 44;

    /// <summary>Whether the hash is the content's SHA-256; else it is git's.</summary>
    internal bool HasSha256 => Hash?.Length == 64;

    /// <summary>
    /// Checks a path that came from a server before anything is done with it: it must stay below its folder on every system. Git itself
    /// makes no such names, so whoever lists one means harm.
    /// </summary>
    internal static string CheckPath(string path, string source)
    {
        var parts = path.Split('/');
        return path.Length <= 1000 && parts.All(part => part.Length is > 0 and <= 255 && part is not ("." or "..") && Plain().IsMatch(part))
            ? path
            : throw new DllmException(
                $"{source} lists a file by the name '{SafeText.Show(path)}', which could lie outside its folder",
                "do not trust this repository");
    }

    /// <summary>Checks that a hash from a server is one: it becomes a file's name.</summary>
    internal static string? CheckHash(string? hash, string source) => hash is null || IsHash(hash)
        ? hash
        : throw new DllmException($"{source} gives '{SafeText.Show(hash)}' as a file's hash, which is none", "ask the hub's operator");

    /// <summary>Whether a text is a SHA-256 or a git hash.</summary>
    internal static bool IsHash(string? text) => text is not null && Hexadecimal().IsMatch(text);

    [GeneratedRegex(@"^[^\x00-\x1f\x7f\\:]+\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"^([0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex Hexadecimal();
}
