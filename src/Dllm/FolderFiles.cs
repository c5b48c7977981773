using System.IO.Enumeration;

namespace Dllm;

/// <summary>The files of a folder and what is below it.</summary>
internal static class FolderFiles
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = 64,
        IgnoreInaccessible = false, // part of a data set would be missing without a word
        AttributesToSkip = default,
    };

    /// <summary>Their paths, in order. A link to a folder is followed unless it leads back to one that holds it.</summary>
    /// <exception cref="DllmException">A folder must not be read.</exception>
    public static IReadOnlyList<string> All(string folder)
    {
        try
        {
            var files = new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), Everything)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
                ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) || !LeadsBack(entry.ToFullPath()),
            };
            return [.. files.Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"the folder '{folder}' cannot be read: {e.Message}", "allow its reading, or name another folder", e);
        }
    }

    private static bool LeadsBack(string link)
    {
        string? target = new DirectoryInfo(link).ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        return target is null || (link + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(target) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }
}
