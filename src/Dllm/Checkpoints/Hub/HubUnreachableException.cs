namespace Dllm.Checkpoints.Hub;

/// <summary>The hub did not answer however often it was asked; what the cache holds may serve instead.</summary>
/// <param name="message">What was tried.</param>
/// <param name="remedy">What the user can do about it.</param>
/// <param name="innerException">The last failure.</param>
public sealed class HubUnreachableException(string message, string remedy, Exception innerException)
    : DllmException(message, remedy, innerException);
