using System.Collections;
using System.CommandLine;
using Dllm.Checkpoints.Hub;
using Dllm.Cli.Display;
using Dllm.Cli.Help;

namespace Dllm.Cli.Options;

/// <summary>Names of models that may be folders or a hub's: where the hub is, and whether it may be asked.</summary>
internal sealed class HubOptionGroup : IEnumerable<Option>
{
    private readonly Option<string?> _endpoint = CliOption.Text(
        "--hub-endpoint", "The address of the hub that owner/name refers to; HF_ENDPOINT unless given, else https://huggingface.co", "URL")
        .In(HelpGroup.Advanced);

    private readonly Option<bool> _offline = CliOption.Switch(
        "--offline", "Ask no hub: what owner/name refers to must be in the cache already (also HF_HUB_OFFLINE=1)").In(HelpGroup.Advanced);

    /// <summary>The folder of a name: itself (or a run's newest checkpoint) where there is one, else the hub's snapshot, fetched where it is not here yet.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="name">A folder, <c>owner/name[@revision]</c>, or the address of a model's page.</param>
    /// <param name="terminal">Where the download is shown.</param>
    /// <param name="cancellation">Stops the download; what has arrived is kept.</param>
    /// <param name="withWeights">Whether the weights are wanted, or configuration and tokenizer only.</param>
    /// <exception cref="DllmException">The hub refuses or fails, or no hub is known.</exception>
    public string Resolve(
        ParseResult parsed, string name, Terminal terminal, CancellationToken cancellation, bool withWeights = true)
    {
        if (Find(name) is not { } reference) return RunFolder.Model(name, terminal);
        using var hub = Open(parsed);
        using var display = new DownloadDisplay(terminal);
        return Ask(name, reference, terminal, async () =>
        {
            var snapshot = await hub.OpenAsync(reference, display, cancellation).ConfigureAwait(false);
            return await HubCheckpoint.FetchAsync(snapshot, withWeights, display, cancellation).ConfigureAwait(false);
        });
    }

    /// <summary>The hub's model that a name refers to; null where it is a folder, or can only be one.</summary>
    /// <exception cref="DllmException">It is a web address and no model's page, or a folder that may not be read.</exception>
    public static HubReference? Find(string name)
    {
        if (Directory.Exists(name))
        {
            CheckReadable(name);
            return null;
        }

        if (HubReference.TryParse(name) is { } reference) return reference;
        return !HubReference.IsAddress(name) ? null
            : throw new DllmException($"'{name}' is not the address of a model's page", "give https://HUB/owner/name[/tree/revision], or owner/name[@revision]");
    }

    /// <summary>Checks that a folder may be read: in one that may not, every file seems to be missing.</summary>
    /// <exception cref="DllmException">It may not.</exception>
    public static void CheckReadable(string folder)
    {
        try
        {
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new DllmException($"the folder '{folder}' cannot be read: {e.Message.TrimEnd('.')}", "check who may read it", e);
        }
    }

    /// <summary>A client with the options of the environment and the command line.</summary>
    /// <exception cref="DllmException">An address or a token is malformed.</exception>
    public HubClient Open(ParseResult parsed)
    {
        var options = HubEnvironment.Read(Environment.GetEnvironmentVariable);
        if (parsed.GetValue(_endpoint) is { } address)
            options = options with { Endpoint = HubEnvironment.ReadEndpoint(address, "--hub-endpoint") };
        return new HubClient(options with { Offline = options.Offline || parsed.GetValue(_offline) });
    }

    /// <summary>Waits for what a hub is asked, and says more where a name that may be a mistyped folder is not found there.</summary>
    public static T Ask<T>(string name, HubReference reference, Terminal terminal, Func<Task<T>> ask)
    {
        try
        {
            return ask().GetAwaiter().GetResult();
        }
        catch (DllmException error) when (error is HubNotFoundException or HubUnreachableException && reference.Endpoint is null)
        {
            throw new DllmException($"there is no folder '{name}', and {error.Message}", innerException: error);
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine("what has arrived is kept: the same command goes on from there");
            throw;
        }
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator()
    {
        yield return _endpoint;
        yield return _offline;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
