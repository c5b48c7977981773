namespace Dllm.Checkpoints.Hub;

/// <summary>
/// Where a model hub is, who asks, and where its files are kept. A host fills it in; nothing is read from the environment here.
/// </summary>
public sealed record HubOptions
{
    /// <summary>
    /// The folder that holds <c>models--owner--name</c> folders, as Python's huggingface_hub lays them out (HF_HUB_CACHE).
    /// </summary>
    public required string CacheDirectory { get; init; }

    /// <summary>
    /// The hub's address (HF_ENDPOINT), http or https, perhaps with a path; null where none is known: then the cache alone serves.
    /// </summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Sent to <see cref="Endpoint"/> and to no other host, wherever it redirects to (HF_TOKEN); null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Whether only the cache is looked at (HF_HUB_OFFLINE).</summary>
    public bool Offline { get; init; }

    /// <summary>Connections that fetch ranges of one file at once, 1 to 64.</summary>
    public int Connections { get; init; } = 8;

    /// <summary>Bytes of a range, at least 1,024; a file no larger is fetched in one piece.</summary>
    public long RangeBytes { get; init; } = 32L << 20;

    /// <summary>How often a request is made that brings nothing, 1 to 100; each <see cref="LeastBytes"/> that arrive start the count again.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>
    /// Bytes that a connection must bring within <see cref="Patience"/> lest it is given up as stalled, and an attempt must bring to count
    /// as one that got further; 1 to 1,048,576. What is left of a file may be less.
    /// </summary>
    public int LeastBytes { get; init; } = 4096;

    /// <summary>The pause before the second attempt; each further one is twice as long, up to a minute.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>A connection that brings fewer than <see cref="LeastBytes"/> in so long is given up and made again.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether snapshots link to blobs; where links turn out to be impossible, the files themselves lie in the snapshot.</summary>
    public bool UseLinks { get; init; } = true;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DllmException">A value is out of range.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(CacheDirectory))
            throw new DllmException("the hub's cache folder has no name", "name a folder");
        if (Endpoint is { } address && !(address.IsAbsoluteUri && address.Scheme is "https" or "http"))
            throw new DllmException($"the hub's address '{address}' is no web address", "give one that begins with https://");
        if (Token is { } token && token.Any(c => c is <= ' ' or > '~'))
            throw new DllmException("the hub's token holds blanks or other characters that no token has", "copy it again");
        Range(nameof(Connections), Connections, 1, 64);
        Range(nameof(RangeBytes), RangeBytes, 1024, long.MaxValue);
        Range(nameof(Attempts), Attempts, 1, 100);
        Range(nameof(LeastBytes), LeastBytes, 1, 1 << 20);
        if (FirstPause < TimeSpan.Zero || Patience <= TimeSpan.Zero)
            throw new DllmException("FirstPause or Patience is negative", "give times above zero");
    }

    /// <summary>Everything but the token, which is nobody's to log.</summary>
    public override string ToString() =>
        $"hub {Endpoint?.ToString() ?? "(none)"}{(Offline ? ", offline" : "")}{(Token is null ? "" : ", with a token")}, cache {CacheDirectory}";

    private static void Range(string name, long value, long least, long most)
    {
        if (value < least || value > most)
            throw new DllmException($"{name} is {value} but must be from {least} to {most}");
    }
}
