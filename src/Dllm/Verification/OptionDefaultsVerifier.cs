using System.Text.Json;
using Dllm.Data;
using Dllm.Sampling;
using Dllm.Training;

namespace Dllm.Verification;

/// <summary>
/// Cases of kind <c>option_defaults</c>: the original's default settings. Each option that we have under the same name must have the same default.
/// A new class of options is a row here.
/// </summary>
internal sealed class OptionDefaultsVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds => ["option_defaults"];

    public IEnumerable<CheckResult> Verify(VerificationCase c)
    {
        var compared = 0;
        foreach (var options in c.Json.GetProperty("defaults").EnumerateObject())
        {
            if (!Known.TryGetValue(options.Name, out var ours)) continue;
            compared++;
            foreach (var option in options.Value.EnumerateObject())
            {
                if (!ours.TryGetValue(option.Name, out var value)) continue;
                yield return CheckResult.Equal($"{options.Name}.{option.Name}", Text(option.Value), JsonSerializer.Serialize(value));
            }
        }

        if (compared == 0) throw new CaseSkippedException("none of its option classes exists yet");
    }

    private static IReadOnlyDictionary<string, IReadOnlyDictionary<string, object?>> Known { get; } =
        new Dictionary<string, IReadOnlyDictionary<string, object?>>
        {
            ["TrainingArguments"] = Of(new TrainingOptions()),
            ["MDLMConfig"] = Of(new MdlmObjectiveOptions()),
            ["MDLMSamplerConfig"] = Of(new MdlmSamplerOptions()),
            ["DataArguments"] = Of(new LengthLimit()),
        };

    private static Dictionary<string, object?> Of(TrainingOptions o) => new()
    {
        ["output_dir"] = o.OutputDir,
        ["per_device_train_batch_size"] = o.PerDeviceTrainBatchSize,
        ["per_device_eval_batch_size"] = o.PerDeviceEvalBatchSize,
        ["num_train_epochs"] = o.NumTrainEpochs,
        ["max_steps"] = o.MaxSteps,
        ["learning_rate"] = o.LearningRate,
        ["lr_scheduler_type"] = Names.Of(o.LrSchedulerType),
        ["weight_decay"] = o.WeightDecay,
        ["adam_beta1"] = o.AdamBeta1,
        ["adam_beta2"] = o.AdamBeta2,
        ["adam_epsilon"] = o.AdamEpsilon,
        ["gradient_accumulation_steps"] = o.GradientAccumulationSteps,
        ["max_grad_norm"] = o.MaxGradNorm,
        ["bf16"] = o.Bf16,
        ["logging_steps"] = o.LoggingSteps,
        ["eval_strategy"] = Names.Of(o.EvalStrategy),
        ["eval_steps"] = o.EvalSteps,
        ["eval_on_start"] = o.EvalOnStart,
        ["save_only_model"] = o.SaveOnlyModel,
        ["save_strategy"] = Names.Of(o.SaveStrategy),
        ["save_steps"] = o.SaveSteps,
        ["save_total_limit"] = o.SaveTotalLimit,
        ["seed"] = o.Seed,
        ["dataloader_drop_last"] = o.DataloaderDropLast,
        ["warmup_ratio"] = o.WarmupRatio,
        ["overwrite_output_dir"] = o.OverwriteOutputDir,
    };

    private static Dictionary<string, object?> Of(MdlmObjectiveOptions o) => new()
    {
        ["time_epsilon"] = o.TimeEpsilon,
        ["loss_weight_type"] = o.LossWeightType.Name,
        ["loss_norm_type"] = Names.Of(o.LossNormType),
        ["right_shift_logits"] = o.RightShiftLogits,
    };

    // An empty list of tokens is the original's null.
    private static Dictionary<string, object?> Of(MdlmSamplerOptions o) => new()
    {
        ["max_length"] = o.MaxLength,
        ["steps"] = o.Steps,
        ["temperature"] = o.Temperature,
        ["remasking"] = Names.Of(o.Remasking),
        ["stochastic_transfer"] = o.StochasticTransfer,
        ["cfg_scale"] = o.CfgScale,
        ["cfg_keep_tokens"] = o.CfgKeepTokens.Count == 0 ? null : o.CfgKeepTokens,
        ["suppress_tokens"] = o.SuppressTokens.Count == 0 ? null : o.SuppressTokens,
        ["begin_suppress_tokens"] = o.BeginSuppressTokens.Count == 0 ? null : o.BeginSuppressTokens,
        ["right_shift_logits"] = o.RightShiftLogits,
    };

    private static Dictionary<string, object?> Of(LengthLimit o) => new()
    {
        ["max_length"] = o.MaxLength,
        ["truncation"] = Names.Of(o.Truncation),
    };

    // 1e-08 and 0.00000001 are the same number.
    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? JsonSerializer.Serialize(value.GetDouble()) : value.GetRawText();
}
