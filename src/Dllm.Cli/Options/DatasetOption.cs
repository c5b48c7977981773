using Dllm.Data;
using Dllm.Data.Sources;

namespace Dllm.Cli.Options;

/// <summary>What both training verbs do with <c>--dataset</c>.</summary>
internal static class DatasetOption
{
    /// <summary>Data sets of the local file system.</summary>
    public static DatasetLoader Loader() => new(new LocalDatasets(RowReaders.All));

    /// <summary>Reads the specification.</summary>
    /// <exception cref="DllmException">There is none, or it is malformed.</exception>
    public static DatasetSpec Parse(string? spec) => spec is null
        ? throw new DllmException("there is nothing to train on", "give --dataset with a file, a folder or \"a[train:1000,test:100]+b\"")
        : DatasetSpec.Parse(spec);

    /// <summary>Checks that rows of so many tokens can be read by the model.</summary>
    /// <exception cref="DllmException">They are longer than its context.</exception>
    public static void CheckLength(int maxLength, OpenedModel model)
    {
        if (maxLength > model.Model.Denoiser.MaxPositions)
        {
            throw new DllmException(
                $"--max-length is {maxLength}, but the model reads at most {model.Model.Denoiser.MaxPositions} tokens",
                $"use at most {model.Model.Denoiser.MaxPositions}");
        }
    }
}
