using Dllm.Checkpoints;

namespace Dllm.Models;

/// <summary>The tokens that end a text, as a checkpoint's files name them: one id or a list of them.</summary>
internal static class EndTokens
{
    private const string Key = "eos_token_id";

    /// <summary>Those of generation_config.json; where it names none, those of config.json. Ids that the model does not have do not count.</summary>
    public static IReadOnlyList<int> Read(JsonConfig config, JsonConfig? generation, int vocabulary) =>
        [.. Named(config, generation).Where(id => id >= 0 && id < vocabulary).Select(id => (int)id).Distinct()];

    /// <summary>The same, with ids that no model of so many tokens has.</summary>
    public static IReadOnlyList<long> Named(JsonConfig config, JsonConfig? generation) =>
        generation?.IntegerOrIntegers(Key) is { Count: > 0 } ids ? ids : config.IntegerOrIntegers(Key) ?? [];
}
