namespace Dllm;

/// <summary>
/// A mistake that the user can mend: a wrong path, an option out of range, a file that does not fit a model.
/// The message says what is wrong, the value seen and the bound it broke; <see cref="Remedy"/> says what to do.
/// Hosts print it without a stack trace (the command line exits with code 2).
/// </summary>
/// <param name="message">What is wrong, with the value and the bound, as one sentence without a final full stop.</param>
/// <param name="remedy">What the user can do about it, as one sentence without a final full stop; null when the message says it.</param>
/// <param name="innerException">The exception that revealed the mistake, if any.</param>
public class DllmException(string message, string? remedy = null, Exception? innerException = null)
    : Exception(remedy is null ? message : $"{message}; {remedy}", innerException)
{
    /// <summary>What the user can do about it, or null.</summary>
    public string? Remedy { get; } = remedy;

    /// <summary>The key of a configuration that it is about, or null.</summary>
    internal ConfigFault? Key { get; init; }
}
