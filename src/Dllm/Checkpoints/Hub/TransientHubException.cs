namespace Dllm.Checkpoints.Hub;

/// <summary>Something that may well succeed when tried again: a broken connection, a busy server.</summary>
internal sealed class TransientHubException(string message, TimeSpan? pause = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Whether there was no connection at all: no such host, none that answers.</summary>
    public bool IsUnconnected { get; init; }

    /// <summary>How long the server asked to wait, or null.</summary>
    public TimeSpan? Pause { get; } = pause;
}
