using System.Text.Json;
using Dllm.Diffusion;
using Dllm.Training;

namespace Dllm.Verification;

/// <summary>What the cases about training share: how they name settings.</summary>
internal static class TrainingCases
{
    /// <summary>The objective's settings, each from the first of two JSON objects that has it.</summary>
    public static MdlmObjectiveOptions Objective(JsonElement first, JsonElement second, string schedule)
    {
        JsonElement Read(string name) => first.TryGetProperty(name, out var value) ? value : second.GetProperty(name);
        return new MdlmObjectiveOptions
        {
            TimeEpsilon = Read("time_epsilon").GetDouble(),
            LossWeightType = LossWeighting.Parse(Read("loss_weight_type").GetString()!),
            LossNormType = Names.Parse<LossNormalization>(Read("loss_norm_type").GetString()!, "loss_norm_type"),
            RightShiftLogits = Read("right_shift_logits").GetBoolean(),
            Schedule = NoiseSchedule.Parse(schedule),
        };
    }
}
