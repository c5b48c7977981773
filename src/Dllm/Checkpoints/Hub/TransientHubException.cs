namespace Dllm.Checkpoints.Hub;

/// <summary>Something that may well succeed when tried again: a broken connection, a busy server.</summary>
internal sealed class TransientHubException(string message, TimeSpan? pause = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>How long the server asked to wait, or null.</summary>
    public TimeSpan? Pause { get; } = pause;
}
