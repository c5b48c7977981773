using Dllm.Checkpoints;
using Dllm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Training;

/// <summary>What a checkpoint's directory holds: the model in Hugging Face layout, the optimiser's moments, and the run's state.</summary>
internal sealed class TrainingCheckpoint(CheckpointDirectory directory, Denoiser denoiser, AdamW optimizer, TrainingHost host)
{
    /// <summary>Writes the checkpoint of <paramref name="state"/>.</summary>
    /// <exception cref="DllmException">It cannot be written; earlier ones are intact.</exception>
    public void Write(TrainerState state) => directory.Write(state.Step, state, path =>
    {
        if (host.SaveModel is { } save) save(path);
        else CheckpointWriter.SaveWeights(path, denoiser.state_dict());
        SafetensorsWriter.Write(Path.Combine(path, CheckpointDirectory.OptimizerFile), optimizer.State);
    });

    /// <summary>Reads back weights, moments and state of the checkpoint after <paramref name="step"/> steps.</summary>
    /// <exception cref="DllmException">A file is damaged, or does not fit the model.</exception>
    public TrainerState Read(int step)
    {
        ReadWeights(step);
        using var moments = SafetensorsFile.Open(Path.Combine(directory.PathOf(step), CheckpointDirectory.OptimizerFile));
        optimizer.Load(name => moments.Tensors.ContainsKey(name)
            ? moments.Read(name)
            : throw new DllmException($"the saved optimiser state does not fit the model: it lacks '{name}'"));
        return directory.ReadState(step);
    }

    /// <summary>Reads back the weights alone.</summary>
    public void ReadWeights(int step)
    {
        using (var reader = CheckpointReader.Open(directory.PathOf(step)))
            StateDict.LoadStrict(denoiser, reader, denoiser.TiedWeights, []);
        OwnWeights(denoiser);
    }

    /// <summary>
    /// Moves weights that share a mapped file's pages to memory of their own. A product's last bits may depend on how its operands are
    /// aligned, and a resumed run must repeat them.
    /// </summary>
    public static void OwnWeights(nn.Module module)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var (_, parameter) in module.named_parameters())
        {
            if (parameter.device_type == DeviceType.CPU) parameter.set_(parameter.detach().clone());
        }
    }
}
