using System.Runtime.InteropServices;

namespace Dllm.Cli;

/// <summary>
/// Whether anybody still reads what this process writes. The runtime passes over a pipe whose reader has gone away (<c>| head -1</c>), and
/// the work would go on for nobody.
/// </summary>
internal static class ClosedPipe
{
    /// <summary>The exit code of a process that a closed pipe ended: 128 + SIGPIPE.</summary>
    public const int ExitCode = 141;

    private const int StandardOutput = 1;
    private const short Error = 8; // POLLERR: nobody holds the other end

    /// <summary>Whether the standard output is a pipe without a reader.</summary>
    public static bool IsOutput()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected) return false;
        var asked = new PollRequest { Descriptor = StandardOutput };
        return Poll(ref asked, 1, 0) > 0 && (asked.Told & Error) != 0;
    }

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref PollRequest requests, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int Descriptor;
        public short Asked;
        public short Told;
    }
}

/// <summary>Nobody reads the output any more: there is nothing left to do, and nobody to tell.</summary>
internal sealed class OutputClosedException() : IOException("the output is closed");
