using System.Text.Json;
using Dllm.Training;

namespace Dllm.Verification;

/// <summary>Cases of kind <c>lr_schedules</c>: tables of learning rates by step, and of warm-up steps by fraction.</summary>
internal sealed class LrSchedulesVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds => ["lr_schedules"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        foreach (var table in c.Json.GetProperty("tables").EnumerateArray())
        {
            var (name, warmup, total) = (table.GetProperty("name").GetString()!, table.GetProperty("warmup").GetInt32(), table.GetProperty("total").GetInt32());
            var type = Names.Parse<LrSchedulerType>(name, "lr_scheduler_type");
            var schedule = new LearningRateSchedule(type, table.GetProperty("base_lr").GetDouble(), warmup, total, Options(table.GetProperty("kwargs")));
            foreach (var (step, rate) in table.GetProperty("lr").EnumerateArray().Index())
                yield return CheckResult.Close($"{name} warmup {warmup} step {step}", rate.GetDouble(), schedule.At(step), 1e-12);
        }

        foreach (var row in c.Json.GetProperty("warmup").EnumerateArray())
        {
            var (total, ratio) = (row.GetProperty("total").GetInt32(), row.GetProperty("ratio").GetDouble());
            var steps = LearningRateSchedule.WarmupSteps(total, ratio);
            yield return CheckResult.Equal($"warm-up of {ratio} of {total}", row.GetProperty("warmup_steps").GetInt32(), steps);
        }
    }

    private static LrSchedulerOptions Options(JsonElement settings)
    {
        var options = new LrSchedulerOptions();
        foreach (var setting in settings.EnumerateObject())
        {
            var value = setting.Value;
            options = setting.Name switch
            {
                "num_cycles" => options with { NumCycles = value.GetDouble() },
                "power" => options with { Power = value.GetDouble() },
                "lr_end" => options with { LrEnd = value.GetDouble() },
                "min_lr_rate" => options with { MinLrRate = value.GetDouble() },
                "num_stable_steps" => options with { NumStableSteps = value.GetInt32() },
                "num_decay_steps" => options with { NumDecaySteps = value.GetInt32() },
                "min_lr_ratio" => options with { MinLrRatio = value.GetDouble() },
                "timescale" => options with { Timescale = value.GetInt32() },
                _ => throw new CaseSkippedException($"setting {setting.Name} of a schedule is not supported yet"),
            };
        }

        return options;
    }
}
