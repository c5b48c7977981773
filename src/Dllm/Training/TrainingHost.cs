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

    /// <summary>Told what a user should know, in a sentence: that a resumed run was made longer, and what that means.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Whether the host holds the <see cref="Dllm.Checkpoints.FolderLock"/> of the output directory; false (the default) lets the trainer take it.</summary>
    public bool HoldsOutputDir { get; init; }

    /// <summary>The clock that progress and events read.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
