using System.Text.Json.Nodes;

namespace Dllm.Evaluation;

/// <summary>A task's <c>generation_kwargs</c>.</summary>
public sealed record GenerationSettings
{
    /// <summary>Strings that end an answer; what precedes the first is kept.</summary>
    public IReadOnlyList<string> Until { get; init; } = [];

    /// <summary>The most new tokens of an answer (<c>max_gen_toks</c>); the runner's default when null.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Whether to draw tokens (<c>do_sample</c>) rather than take the most probable.</summary>
    public bool DoSample { get; init; }

    /// <summary>The temperature of drawn tokens, at least 0; the sampler's own when null.</summary>
    public double? Temperature { get; init; }

    /// <summary>All settings as the task writes them, in its order: what a report shows and a cache key holds.</summary>
    public JsonObject Raw { get; init; } = [];
}
