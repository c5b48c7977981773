namespace Dllm.Checkpoints.Hub;

/// <summary>Tries again what failed for a passing reason, after pauses that double or as long as the server asks, up to a minute.</summary>
internal sealed class HubRetry(HubOptions options, TimeProvider clock)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Runs <paramref name="attempt"/> until it succeeds, or has failed too often in a row without getting further.</summary>
    /// <param name="attempt">The work.</param>
    /// <param name="reached">How far it has come: where that grows, the count of failures starts again.</param>
    /// <param name="failed">Told each failure that is tried again.</param>
    /// <param name="cancellation">Ends the work and the pauses.</param>
    /// <param name="insists">Whether to try again where there is no connection at all.</param>
    /// <exception cref="HubUnreachableException">It failed too often.</exception>
    public async Task<T> RunAsync<T>(
        Func<Task<T>> attempt, Func<long> reached, Action<string>? failed, CancellationToken cancellation, bool insists = true)
    {
        var furthest = reached();
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (TransientHubException error)
            {
                if (reached() is var now && now - furthest >= options.LeastBytes)
                    (furthest, failures) = (now, 1);
                if (error.IsUnconnected && !insists)
                {
                    throw new HubUnreachableException(
                        $"the hub cannot be reached: {error.Message}",
                        "check the network and the hub's address; without a network, name a folder, or what the cache holds with --offline",
                        error);
                }

                if (failures >= options.Attempts)
                {
                    throw new HubUnreachableException(
                        $"the download failed {failures} times in a row: {error.Message}",
                        "check the network and the hub's address; what has arrived is kept, and the same command goes on from there",
                        error);
                }

                failed?.Invoke(error.Message);
                await Task.Delay(PauseAfter(failures, error.Pause), clock, cancellation).ConfigureAwait(false);
            }
        }
    }

    private TimeSpan PauseAfter(int failures, TimeSpan? asked)
    {
        var doubled = options.FirstPause * Math.Pow(2, Math.Min(failures - 1, 20));
        var pause = asked > doubled ? asked.Value : doubled;
        return pause < LongestPause ? pause : LongestPause;
    }
}
