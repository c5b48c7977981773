namespace Dllm.Evaluation.Execution;

/// <summary>What a program may use. Each has its own process, so the limits are those of one program.</summary>
public sealed record CodeExecutionOptions
{
    /// <summary>The interpreter; null looks for <c>python3</c> on the path.</summary>
    public string? Python { get; init; }

    /// <summary>Seconds from start to end, above 0. Default 3, as the harness.</summary>
    public double TimeoutSeconds { get; init; } = 3;

    /// <summary>Bytes of memory. Default 1 GiB.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of one file, and of all files together where the folder lies in memory. Default 16 MiB.</summary>
    public long FileBytes { get; init; } = 16L << 20;

    /// <summary>Processes and threads. Default 64.</summary>
    public int Processes { get; init; } = 64;

    /// <summary>Open files. Default 64.</summary>
    public int OpenFiles { get; init; } = 64;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DllmException">One is out of range.</exception>
    public void Validate()
    {
        if (!(TimeoutSeconds > 0 && TimeoutSeconds <= 3600))
            throw new DllmException($"the time of a program is {TimeoutSeconds} seconds, but must be above 0 and at most 3600");
        if (MemoryBytes < 1L << 26) throw new DllmException($"the memory of a program is {MemoryBytes} bytes, too few for an interpreter", "give at least 64 MiB");
        if (FileBytes < 1 || Processes < 1 || OpenFiles < 16) throw new DllmException("a limit of programs is too low", "allow 1 byte of files, 1 process, 16 open files at least");
    }
}
