using System.CommandLine;
using Dllm.Checkpoints;
using Dllm.Checkpoints.Hub;
using Dllm.Cli.Display;
using Dllm.Cli.Options;
using Dllm.Models;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm inspect</c>: what a checkpoint is and what is wrong with it, without loading its weights.</summary>
internal sealed class InspectCommand : Verb
{
    private readonly Argument<string> _model = new("DIR|ID")
    {
        Description = "A checkpoint's folder, or a hub's owner/name[@revision]: of its weights only the headers are read.",
    };

    private readonly Option<bool> _json = CliOption.Switch("--json", "Write one object of JSON");

    private readonly Option<bool> _checkValues = CliOption.Switch(
        "--check-values", "Also read all weights of a folder and say which hold NaN or infinity");

    private readonly HubOptionGroup _hub = new();

    /// <summary>Makes the verb.</summary>
    public InspectCommand()
        : base(
            "inspect",
            "Says what a checkpoint is: family, sizes, parameters, types, memory, special tokens, what would run it, and all that is wrong "
            + "with it. The weights are not loaded. Exit code 1 if anything is wrong.",
            "inspect runs/quickstart/model",
            "inspect owner/name@main --json",
            "inspect runs/chat --check-values")
    {
        Add(_model);
        Add(_json);
        Add(_checkValues);
        Add(_hub);
    }

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        string name = parsed.GetRequiredValue(_model);
        bool json = parsed.GetValue(_json);
        bool checksValues = parsed.GetValue(_checkValues);
        var reference = HubOptionGroup.Find(name);
        if (reference is null && File.Exists(name))
            throw new DllmException($"'{name}' is a file", "give the folder that it is in, with config.json and the tokenizer's files");
        if (reference is null && !Directory.Exists(name))
            throw new DllmException($"the folder '{name}' does not exist", "give the folder of a checkpoint, or a hub's owner/name");
        if (reference is not null && checksValues)
        {
            throw new DllmException(
                "--check-values needs the weights, and of a hub's model only the headers are read", "download it first, with --model");
        }

        var (directory, weights) = reference is null ? (RunFolder.Model(name, terminal), null) : Ask(parsed, name, reference, terminal, interruption.Token);
        Common.StartRuntime(parsed);
        var inspection = CheckpointInspection.Of(directory, weights);
        var report = new InspectReport(name, inspection, Common.ReadDtype(parsed))
        {
            NotFinite = checksValues && inspection.Weights.Faults.Count == 0 ? NotFinite(directory, terminal, interruption.Token) : null,
        };
        if (json) terminal.WriteJson(report.ToJson());
        else terminal.Output.WriteLine(report.ToText());
        return report.IsFaulty ? 1 : 0;
    }

    private (string Directory, CheckpointManifest Weights) Ask(
        ParseResult parsed, string name, HubReference reference, Terminal terminal, CancellationToken cancellation)
    {
        using var hub = _hub.Open(parsed);
        using var display = new DownloadDisplay(terminal);
        return HubOptionGroup.Ask(name, reference, terminal, async () =>
        {
            var snapshot = await hub.OpenAsync(reference, display, cancellation).ConfigureAwait(false);
            var weights = await HubCheckpoint.ReadManifestAsync(snapshot, cancellation).ConfigureAwait(false);
            return (await HubCheckpoint.FetchAsync(snapshot, withWeights: false, display, cancellation).ConfigureAwait(false), weights);
        });
    }

    private static List<string> NotFinite(string directory, Terminal terminal, CancellationToken cancellation)
    {
        using var status = new StatusLine(terminal.Error, terminal.ErrorIsInteractive, terminal.Width);
        using var reader = CheckpointReader.Open(directory);
        var found = new List<string>();
        foreach (string tensor in reader.Tensors.Keys.Order(StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            status.Update($"reading {tensor} …");
            if (!reader.IsFinite(tensor)) found.Add(tensor);
        }

        return found;
    }
}
