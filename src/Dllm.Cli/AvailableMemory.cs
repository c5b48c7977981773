using System.Globalization;

namespace Dllm.Cli;

/// <summary>How much memory another program could have.</summary>
internal static class AvailableMemory
{
    private const string Linux = "/proc/meminfo";

    /// <summary>Bytes: what the system says is free, within the limit that a container sets.</summary>
    public static long Read()
    {
        var memory = GC.GetGCMemoryInfo(GCKind.Any); // its load is known only after a first collection
        long unused = memory.TotalAvailableMemoryBytes - Math.Min(memory.MemoryLoadBytes, memory.TotalAvailableMemoryBytes);
        return File.Exists(Linux) && Parse(File.ReadLines(Linux)) is { } free ? Math.Min(free, unused) : unused;
    }

    /// <summary>The line <c>MemAvailable: N kB</c>: free pages and those that the system would give up.</summary>
    internal static long? Parse(IEnumerable<string> lines) => lines
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words is ["MemAvailable:", _, ..])
        .Select(words => (long?)(long.Parse(words[1], CultureInfo.InvariantCulture) * 1024))
        .FirstOrDefault();
}
