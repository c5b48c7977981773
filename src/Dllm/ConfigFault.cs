using System.Text.Json.Nodes;

namespace Dllm;

/// <summary>
/// Which key of a configuration is missing or wrong, with a value that would do, so that whoever lists all that is wrong can put it there
/// and read on.
/// </summary>
/// <param name="Path">The key, behind the sections it lies in.</param>
/// <param name="StandIn">A value within the key's bounds; null removes the key.</param>
internal sealed record ConfigFault(IReadOnlyList<string> Path, JsonNode? StandIn);
