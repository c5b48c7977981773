using Dllm.Data;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>
/// What training minimises: (denoiser, batch, generator) → loss and its metrics. The trainer knows no diffusion; objectives know no optimiser.
/// </summary>
public interface ITrainingObjective
{
    /// <summary>Its name and the settings that its values depend on, in one line: a run is resumed only with the same.</summary>
    string Description { get; }

    /// <summary>Runs the denoiser on a corrupted batch and returns the loss. Random numbers come from <paramref name="generator"/> alone.</summary>
    /// <param name="denoiser">Logits at index i are for token i.</param>
    /// <param name="batch">On the CPU: everything random or of unknown size is decided there, so that no step waits for the device.</param>
    /// <param name="generator">A CPU generator.</param>
    /// <param name="device">Where the denoiser's weights lie; null is the CPU.</param>
    /// <exception cref="DllmException">The batch cannot be trained on: a label out of range, or unequal to its id.</exception>
    LossResult Compute(IDenoiser denoiser, Batch batch, Generator generator, Device? device = null);
}
