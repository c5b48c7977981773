using System.CommandLine;
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

    /// <summary>The option of how long rows are.</summary>
    /// <param name="what">What a row is, and so many tokens of it.</param>
    /// <param name="usual">The default where the model reads as many tokens.</param>
    public static Option<int?> MaxLength(string what, int usual) => CliOption.OptionalInteger(
        "--max-length", FormattableString.Invariant($"{what}; by default {usual}, or the model's context where that is smaller"), least: 1);

    /// <summary>How long rows are: what was asked for, else as usual, or as long as the model reads.</summary>
    /// <exception cref="DllmException">It was asked for rows longer than the model's context.</exception>
    public static int ReadLength(ParseResult parsed, Option<int?> option, int usual, OpenedModel model, Terminal terminal)
    {
        int context = model.Model.Denoiser.MaxPositions;
        if (parsed.GetValue(option) is int asked)
        {
            return asked <= context ? asked : throw new DllmException(
                $"{option.Name} is {asked}, but the model reads at most {context} tokens", $"use at most {context}, or leave it out");
        }

        if (usual <= context) return usual;
        terminal.Note($"{option.Name} is {context}, as many tokens as the model reads");
        return context;
    }
}
