using Dllm.Checkpoints;
using TorchSharp;

namespace Dllm.Models;

/// <summary>One row of <see cref="ModelFamilies"/>: how checkpoints of a <c>model_type</c> become a <see cref="Denoiser"/>.</summary>
public sealed record ModelFamily
{
    /// <summary>The <c>model_type</c> of config.json.</summary>
    public required string ModelType { get; init; }

    /// <summary>
    /// Builds the model of a configuration with memory for its weights, their values not set: they are loaded or initialised next.
    /// </summary>
    public required Func<JsonConfig, torch.ScalarType, torch.Device, Denoiser> Build { get; init; }

    /// <summary>
    /// Whether it is an ordinary language model, which writes from left to right: a token sees only those before it, and the raw logits
    /// at a place are for the token behind it.
    /// </summary>
    public bool IsAutoregressive { get; init; }

    /// <summary>
    /// Prefixes of keys that published checkpoints hold and a denoiser has no use for (poolers, other heads, index buffers).
    /// Loading passes over them; any other unknown key is an error. A part between dots that is <c>*</c> stands for any.
    /// </summary>
    public IReadOnlyList<string> IgnoredKeys { get; init; } = [];

    /// <summary>What published checkpoints may leave out before their keys, dot included; null where none does.</summary>
    public string? OptionalPrefix { get; init; }

    /// <summary>The names of the samplers that such models are made for, the usual one first.</summary>
    public IReadOnlyList<string> Samplers { get; init; } = ["mdlm"];
}
