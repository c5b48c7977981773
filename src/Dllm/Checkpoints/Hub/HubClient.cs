namespace Dllm.Checkpoints.Hub;

/// <summary>
/// Repositories of a model hub, by way of its public HTTP interface and the cache that Python's huggingface_hub shares. Safe to use from
/// several threads.
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int MostListing = 32 << 20; // the largest repositories' listings are of some megabytes

    private readonly HubOptions _options;
    private readonly HttpMessageHandler? _handler;
    private readonly TimeProvider _clock;
    private readonly List<HubConnection> _connections = [];

    /// <summary>A client.</summary>
    /// <param name="options">Where the hub and the cache are.</param>
    /// <param name="handler">Sends requests in place of the system's own; it must not follow redirects. Not disposed.</param>
    /// <param name="clock">Measures the pauses between attempts; null is the system's.</param>
    /// <exception cref="DllmException">An option is out of range.</exception>
    public HubClient(HubOptions options, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        options.Validate();
        (_options, _handler, _clock) = (options, handler, clock ?? TimeProvider.System);
    }

    /// <summary>
    /// Asks what a revision holds. The cache answers instead where that was asked for, where no hub is known, and where the hub cannot be
    /// reached but the cache knows the revision.
    /// </summary>
    /// <param name="reference">The repository and revision.</param>
    /// <param name="progress">Told attempts that fail.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="DllmException">The hub refuses, or neither it nor the cache can say.</exception>
    public async Task<HubSnapshot> OpenAsync(
        HubReference reference, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        var cache = new HubCache(_options.CacheDirectory, reference, _options.UseLinks);
        var endpoint = reference.Endpoint ?? _options.Endpoint;
        var cached = cache.FindCommit(reference.Revision);
        if (_options.Offline || endpoint is null)
            return cached is not null ? Cached(reference, cache, cached) : throw NotCached(reference);
        try
        {
            var connection = new HubConnection(endpoint, _options, _handler);
            lock (_connections)
                _connections.Add(connection);
            var listing = await ListAsync(connection, reference, progress, cancellation).ConfigureAwait(false);
            return new HubSnapshot(reference, listing, cache, connection, _options, _clock);
        }
        catch (HubUnreachableException) when (cached is not null)
        {
            return Cached(reference, cache, cached);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connections.ForEach(connection => connection.Dispose());

    private HubSnapshot Cached(HubReference reference, HubCache cache, string commit) => new(
        reference,
        new HubListing(commit, cache.Files(commit).ToDictionary(file => file.Path, StringComparer.Ordinal)),
        cache,
        null,
        _options,
        _clock);

    private async Task<HubListing> ListAsync(
        HubConnection hub, HubReference reference, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        var kind = reference.Kind == HubKind.Model ? "models" : "datasets";
        var address = hub.At($"/api/{kind}/{reference.Name}/revision/{Uri.EscapeDataString(reference.Revision)}?blobs=true");
        var json = await new HubRetry(_options, _clock).RunAsync(
            async () =>
            {
                using var answer = await hub.SendAsync(HttpMethod.Get, address, null, cancellation).ConfigureAwait(false);
                HubRefusal.Check(answer, hub, reference);
                return await hub.ReadAllAsync(answer, MostListing, address, cancellation).ConfigureAwait(false);
            },
            () => 0,
            note => progress?.Report(new(reference.Name, HubActivity.Retrying, 0, 0, note)),
            cancellation,
            insists: false).ConfigureAwait(false);
        return HubListing.Parse(json, hub.Endpoint.Host);
    }

    private HubNotFoundException NotCached(HubReference reference) => _options.Offline
        ? new HubNotFoundException(
            $"{reference} is not in the cache '{_options.CacheDirectory}', and the hub is not asked because of --offline or HF_HUB_OFFLINE",
            "run once without it")
        : new HubNotFoundException(
            $"{reference} is not in the cache '{_options.CacheDirectory}', and no model hub is set to fetch it from",
            "set HF_ENDPOINT (or --hub-endpoint) to the hub's address, or give the address of the model's page");
}
