namespace Dllm.Checkpoints;

/// <summary>Two checkpoint keys that share one tensor; files hold it once.</summary>
/// <param name="Absent">The key that checkpoints leave out, such as <c>decoder.weight</c>.</param>
/// <param name="Holder">The key whose tensor serves both, such as the token embedding.</param>
public readonly record struct TiedWeight(string Absent, string Holder);
