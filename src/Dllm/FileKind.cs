using System.Runtime.InteropServices;

namespace Dllm;

/// <summary>What is found at a path, looked at without opening it: opening a pipe nobody writes to waits for ever.</summary>
internal static partial class FileKind
{
    private const int TypeMask = 0xF000;

    /// <summary>What a path leads to, links followed, where that is no plain file; null for a plain file and for nothing at all.</summary>
    /// <returns>"a folder", "a pipe", "a device" or "a socket".</returns>
    public static string? Special(string path)
    {
        if (Directory.Exists(path)) return "a folder";
        if (OperatingSystem.IsWindows()) return Path.GetFullPath(path).StartsWith(@"\\.\", StringComparison.Ordinal) ? "a device" : null;
        return TypeOf(path) switch
        {
            0x1000 => "a pipe",
            0x2000 or 0x6000 => "a device",
            0xC000 => "a socket",
            _ => null,
        };
    }

    /// <summary>Where a link leads that leads to nothing; null of everything else.</summary>
    public static string? LostTarget(string path) =>
        new FileInfo(path).LinkTarget is { } target && !OperatingSystem.IsWindows() && TypeOf(path) is null ? target : null;

    // The file's type in POSIX's numbers, or null where nothing is found. .NET itself tells folders and links only.
    private static unsafe int? TypeOf(string path)
    {
        var status = stackalloc int[64]; // the runtime's own structure, of which the second number is the mode; it has about 30
        return Stat(path, status) == 0 ? status[1] & TypeMask : null;
    }

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Stat(string path, int* status);
}
