using System.CommandLine;
using Dllm.Checkpoints.Hub;
using Dllm.Cli.Display;
using Dllm.Data;
using Dllm.Data.Sources;
using Dllm.Evaluation.Running;

namespace Dllm.Cli.Options;

/// <summary>What both training verbs do with <c>--dataset</c>.</summary>
internal static class DatasetOption
{
    /// <summary>Data sets: files and folders, else those of a hub, which are fetched as they are read.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="hub">Where the hub is.</param>
    /// <param name="terminal">Where downloads are shown.</param>
    /// <param name="cancellation">Stops a download; what has arrived is kept.</param>
    public static OpenedDatasets Open(ParseResult parsed, HubOptionGroup hub, Terminal terminal, CancellationToken cancellation) =>
        new(hub.Open(parsed), new DownloadDisplay(terminal), cancellation);

    /// <summary>Reads the specification.</summary>
    /// <exception cref="DllmException">There is none, or it is malformed.</exception>
    public static DatasetSpec Parse(string? spec) => spec is null
        ? throw new DllmException("there is nothing to train on", "give --dataset with a file, a folder, a hub's owner/name or \"a[train:1000,test:100]+b\"")
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

/// <summary>Where names of data sets lead, as long as rows are read.</summary>
internal sealed class OpenedDatasets(HubClient hub, DownloadDisplay display, CancellationToken cancellation) : IDisposable
{
    /// <summary>Opens what a specification names.</summary>
    public DatasetLoader Loader { get; } = new(new HubDatasets(new LocalDatasets(RowReaders.All), hub, display, cancellation));

    /// <inheritdoc/>
    public void Dispose()
    {
        display.Dispose();
        hub.Dispose();
    }
}
