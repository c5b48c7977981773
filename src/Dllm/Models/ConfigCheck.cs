using System.Runtime.InteropServices;
using Dllm.Checkpoints;
using static TorchSharp.torch;

namespace Dllm.Models;

/// <summary>Finds every wrong key of a config.json, not only the first.</summary>
internal static class ConfigCheck
{
    /// <summary>Nobody reads more.</summary>
    private const int MostFaults = 20;

    /// <summary>Builds the model without memory for its weights.</summary>
    /// <param name="family">The model's family.</param>
    /// <param name="config">config.json.</param>
    /// <param name="faults">Gets all that is wrong.</param>
    /// <returns>The model on the meta device; null where anything is wrong.</returns>
    public static Denoiser? TryPlan(ModelFamily family, JsonConfig config, List<DllmException> faults)
    {
        var found = new List<DllmException>();
        try
        {
            while (true)
            {
                try
                {
                    var plan = family.Build(config, ScalarType.Float32, new Device(TorchSharp.DeviceType.META));
                    if (found.Count == 0)
                        return plan;
                    plan.Dispose();
                    break;
                }
                catch (DllmException fault) when (fault.Key is not null && found.Count < MostFaults)
                {
                    found.Add(fault);
                    config = config.Mended(fault.Key); // and on to the next
                }
            }
        }
        catch (DllmException fault)
        {
            if (found.Count == 0) // else two keys that do not fit each other: probably the stand-in's doing
                found.Add(fault);
        }
        catch (ExternalException error)
        {
            if (found.Count == 0) // torch refused the sizes
            {
                found.Add(Impossible(config, error));
            }
        }

        faults.AddRange(found);
        return null;
    }

    /// <summary>What is to be said where torch refuses the sizes.</summary>
    internal static DllmException Impossible(JsonConfig config, ExternalException error) => config.Error(
        $"no model has these sizes: {error.Message.Split(["\n", "Exception raised from"], 2, StringSplitOptions.TrimEntries)[0]}",
        "use the config.json that came with the weights");
}
