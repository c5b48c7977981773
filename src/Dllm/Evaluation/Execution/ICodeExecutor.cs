namespace Dllm.Evaluation.Execution;

/// <summary>How a program ended.</summary>
public enum CodeOutcome
{
    /// <summary>It ran to its end without an error.</summary>
    Passed,

    /// <summary>It failed: an exception, a failed assertion, a limit of memory or size, or an end before its end.</summary>
    Failed,

    /// <summary>It took too long and was stopped.</summary>
    TimedOut,
}

/// <summary>How a program ended, and its last words.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Message">The end of its error stream, or why it was stopped; empty where it passed.</param>
public sealed record CodeResult(CodeOutcome Outcome, string Message);

/// <summary>Runs programs that nobody trusts. Safe for use by several threads at once.</summary>
public interface ICodeExecutor
{
    /// <summary>Runs a Python program to its end, apart from everything else.</summary>
    /// <param name="program">Its source.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DllmException">The interpreter cannot be started.</exception>
    CodeResult Run(string program, CancellationToken cancellationToken = default);
}
