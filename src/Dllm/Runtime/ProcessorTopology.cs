namespace Dllm.Runtime;

/// <summary>How many cores the machine really has.</summary>
internal static class ProcessorTopology
{
    /// <summary>
    /// Physical cores, at most the processors this process may use (affinity and container limits count), at least 1.
    /// Where the system does not tell, all processors count.
    /// </summary>
    public static int PhysicalCores()
    {
        int allowed = Environment.ProcessorCount;
        int cores = OperatingSystem.IsLinux() ? CountLinux("/sys/devices/system/cpu") : 0;
        return cores > 0 ? Math.Min(cores, allowed) : allowed;
    }

    // Threads of one core list the same siblings, so distinct lists are cores.
    internal static int CountLinux(string root)
    {
        var cores = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (string cpu in Directory.EnumerateDirectories(root, "cpu*"))
            {
                string siblings = Path.Combine(cpu, "topology", "thread_siblings_list");
                if (File.Exists(siblings))
                {
                    cores.Add(File.ReadAllText(siblings).Trim());
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }

        return cores.Count;
    }
}
