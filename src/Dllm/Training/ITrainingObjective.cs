using Dllm.Data;
using Dllm.Diffusion;
using Dllm.Models;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>
/// What training minimises: (denoiser, batch, noise) → loss and its metrics. The trainer knows no diffusion; objectives know no optimiser.
/// </summary>
public interface ITrainingObjective
{
    /// <summary>Its name and the settings that its values depend on, in one line: a run is resumed only with the same.</summary>
    string Description { get; }

    /// <summary>Runs the denoiser on a corrupted batch and returns the loss. Random numbers come from <paramref name="noise"/> alone.</summary>
    /// <param name="denoiser">Logits at index i are for token i.</param>
    /// <param name="batch">On the CPU: everything random or of unknown size is decided there, so that no step waits for the device.</param>
    /// <param name="noise">The random numbers of the batch's rows.</param>
    /// <param name="device">Where the denoiser's weights lie; null is the CPU.</param>
    /// <exception cref="DllmException">The batch cannot be trained on: a label out of range, or unequal to its id.</exception>
    LossResult Compute(IDenoiser denoiser, Batch batch, NoiseSource noise, Device? device = null);
}
