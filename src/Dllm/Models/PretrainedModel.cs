using Dllm.Checkpoints;
using TorchSharp;

namespace Dllm.Models;

/// <summary>A checkpoint directory in Hugging Face layout, opened: the denoiser, its configuration and, when present, its tokenizer.</summary>
public sealed class PretrainedModel : IDisposable
{
    private PretrainedModel(ModelFamily family, JsonConfig config, Denoiser denoiser)
    {
        Family = family;
        Config = config;
        Denoiser = denoiser;
    }

    /// <summary>The row of <see cref="ModelFamilies"/> that built the model.</summary>
    public ModelFamily Family { get; }

    /// <summary>config.json as read; saving keeps every key of it.</summary>
    public JsonConfig Config { get; }

    /// <summary>The model, in evaluation mode.</summary>
    public Denoiser Denoiser { get; }

    /// <summary>Things that are no error but that a user wants to know: weights that are not finite, keys passed over.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Opens a checkpoint directory: config.json, model.safetensors (or a sharded index), tokenizer files if any.</summary>
    /// <param name="directory">The checkpoint's folder.</param>
    /// <param name="dtype">The type to compute in, whatever the file's is.</param>
    /// <param name="device">Where to put the weights; null is the CPU.</param>
    /// <exception cref="DllmException">A file is missing, truncated or hostile, or does not fit the model.</exception>
    public static PretrainedModel Load(string directory, torch.ScalarType dtype = torch.ScalarType.Float32, torch.Device? device = null) =>
        throw new NotImplementedException();

    /// <summary>Builds the model of a configuration with random weights, as the original initialises them.</summary>
    /// <param name="path">A config.json, or a directory that holds one (and perhaps tokenizer files).</param>
    /// <param name="generator">The only source of randomness.</param>
    /// <param name="dtype">The type of the weights.</param>
    /// <param name="device">Where to put the weights; null is the CPU.</param>
    public static PretrainedModel FromConfig(
        string path, torch.Generator generator, torch.ScalarType dtype = torch.ScalarType.Float32, torch.Device? device = null) =>
        throw new NotImplementedException();

    /// <summary>Writes the checkpoint so that Python's transformers loads it unchanged. Each file is written aside, then renamed.</summary>
    public void Save(string directory) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => Denoiser.Dispose();
}
