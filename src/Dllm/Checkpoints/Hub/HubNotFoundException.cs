namespace Dllm.Checkpoints.Hub;

/// <summary>Neither the hub nor the cache has such a repository or revision, as far as this user may know.</summary>
/// <param name="message">What is not there, and where it was looked for.</param>
/// <param name="remedy">What the user can do about it.</param>
public sealed class HubNotFoundException(string message, string remedy) : DllmException(message, remedy);
