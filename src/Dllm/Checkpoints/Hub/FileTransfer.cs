using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace Dllm.Checkpoints.Hub;

/// <summary>
/// Brings the bytes of one file: ranges over several connections where the server gives ranges, else one after the other. Which it is, the
/// first answer tells.
/// </summary>
internal sealed class FileTransfer
{
    private const int Chunk = 1 << 18;

    private readonly HubConnection _hub;
    private readonly HubRetry _retry;
    private readonly int _connections;
    private readonly Action<HttpResponseMessage> _check;
    private readonly Action<string?> _changed;
    private readonly Uri _address;
    private readonly PartialFile _partial;

    /// <param name="hub">Where from.</param>
    /// <param name="retry">How often.</param>
    /// <param name="connections">At most so many at once.</param>
    /// <param name="address">The file's address.</param>
    /// <param name="partial">What is here of it.</param>
    /// <param name="check">Throws where the hub refuses.</param>
    /// <param name="changed">Told whenever bytes have arrived, and with a reason when an attempt failed.</param>
    public FileTransfer(
        HubConnection hub, HubRetry retry, int connections, Uri address, PartialFile partial, Action<HttpResponseMessage> check,
        Action<string?> changed)
    {
        (_hub, _retry, _connections, _address, _partial, _check, _changed) = (hub, retry, connections, address, partial, check, changed);
    }

    /// <summary>Returns once every byte is here.</summary>
    /// <exception cref="DllmException">The hub refuses, fails too often, or has another size than it said.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var waiting = new ConcurrentQueue<int>(Enumerable.Range(0, _partial.Ranges).Where(range => IsLeft(range)));
        if (!waiting.TryDequeue(out var first))
            return; // all there: an earlier attempt ended before it was checked
        if (!await TryRangeAsync(first, cancellation).ConfigureAwait(false))
        {
            await FetchWholeAsync(cancellation).ConfigureAwait(false);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var workers = Enumerable.Range(0, Math.Min(_connections, waiting.Count)).Select(_ => WorkAsync(waiting, stop)).ToList();
        await Task.WhenAll(workers).ConfigureAwait(false);
        if (Enumerable.Range(0, _partial.Ranges).Any(IsLeft)) // the server stopped giving ranges, or has other content by now
            await FetchWholeAsync(cancellation).ConfigureAwait(false);
    }

    private bool IsLeft(int range) => _partial.Left(range) is var (next, end) && next < end;

    private async Task WorkAsync(ConcurrentQueue<int> waiting, CancellationTokenSource stop)
    {
        try
        {
            while (waiting.TryDequeue(out var range))
            {
                if (!await TryRangeAsync(range, stop.Token).ConfigureAwait(false))
                    waiting.Clear();
            }
        }
        catch (Exception error) when (error is DllmException or IOException)
        {
            await stop.CancelAsync().ConfigureAwait(false); // one connection's final failure ends the others
            throw;
        }
    }

    /// <summary>Fetches what is left of a range. False where the server answers with the whole file instead.</summary>
    private Task<bool> TryRangeAsync(int range, CancellationToken cancellation) => _retry.RunAsync(
        async () =>
        {
            var (next, end) = _partial.Left(range);
            var whole = next == 0 && end == _partial.Size;
            using var answer = await _hub.SendAsync(
                HttpMethod.Get, _address, headers => Ask(headers, whole ? null : new RangeHeaderValue(next, end - 1)), cancellation)
                .ConfigureAwait(false);
            _check(answer);
            if (answer.StatusCode != HttpStatusCode.PartialContent && !whole)
                return false;
            CheckSize(whole ? answer.Content.Headers.ContentLength : answer.Content.Headers.ContentRange?.Length);
            if (!whole && answer.Content.Headers.ContentRange?.From is { } from && from != next)
                throw new DllmException($"{_address.Host} sent another part of the file than was asked for", "ask the hub's operator");
            if (_partial.Tag is null && answer.Headers.ETag is { IsWeak: false } tag)
                _partial.WriteHeader(tag.ToString());
            await CopyAsync(answer, next, end, cancellation).ConfigureAwait(false);
            return true;
        },
        () => _partial.Left(range).Next,
        _changed,
        cancellation);

    /// <summary>Fetches all of the file from its beginning, over one connection.</summary>
    private async Task FetchWholeAsync(CancellationToken cancellation)
    {
        long furthest = 0;
        await _retry.RunAsync(
            async () =>
            {
                using var answer = await _hub.SendAsync(HttpMethod.Get, _address, null, cancellation).ConfigureAwait(false);
                _check(answer);
                CheckSize(answer.Content.Headers.ContentLength);
                _partial.Reset(answer.Headers.ETag is { IsWeak: false } tag ? tag.ToString() : null);
                try
                {
                    await CopyAsync(answer, 0, _partial.Size, cancellation).ConfigureAwait(false);
                }
                finally
                {
                    furthest = Math.Max(furthest, _partial.Done);
                }

                return true;
            },
            () => furthest,
            _changed,
            cancellation).ConfigureAwait(false);
    }

    private void Ask(HttpRequestHeaders headers, RangeHeaderValue? range)
    {
        headers.Range = range;
        if (range is not null && _partial.Tag is { } tag)
            headers.IfRange = new RangeConditionHeaderValue(tag); // content that has changed comes whole, and we begin again
    }

    private void CheckSize(long? sent)
    {
        if (sent is { } bytes && bytes != _partial.Size)
        {
            throw new DllmException(
                $"{_address.Host} sends {bytes} bytes where its listing says {_partial.Size}",
                "try again later, or ask the hub's operator");
        }
    }

    private async Task CopyAsync(HttpResponseMessage answer, long next, long end, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            var body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using var disposed = body.ConfigureAwait(false);
            var pace = _hub.StartPace(_address);
            while (next < end)
            {
                var count = await _hub.ReadAsync(body, buffer, _address, cancellation).ConfigureAwait(false);
                if (count == 0)
                    throw new TransientHubException($"{_address.Host} closed the connection with {end - next} bytes left");
                if (count > end - next)
                    CheckSize(_partial.Size + count - (end - next)); // more than was asked for, without having said so
                await _partial.WriteAsync(next, buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                next += count;
                _changed(null);
                pace.Note(count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
