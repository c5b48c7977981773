namespace Dllm.Training;

/// <summary>What the host of a run provides. All of it is optional: a trainer alone is silent and writes nothing.</summary>
public sealed record TrainingHost
{
    /// <summary>Where metrics go. The trainer writes and flushes; the host disposes.</summary>
    public IReadOnlyList<IMetricSink> Sinks { get; init; } = [];

    /// <summary>Told after each optimiser step.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>
    /// Writes the model in Hugging Face layout into an existing, empty directory (<c>PretrainedModel.Save</c>). Null: the weights
    /// alone, as model.safetensors.
    /// </summary>
    public Action<string>? SaveModel { get; init; }

    /// <summary>The clock that progress and events read.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
