using System.Security.Cryptography;
using System.Text;

namespace Dllm.Checkpoints.Hub;

/// <summary>
/// One commit of a repository. Files are fetched into the cache as they are asked for, checked against the hub's sizes and hashes, and lie
/// below <see cref="Directory"/> from then on. Offline, its files are those that the cache has.
/// </summary>
public sealed class HubSnapshot
{
    private readonly HubCache _cache;
    private readonly HubConnection? _hub;
    private readonly HubOptions _options;
    private readonly HubRetry _retry;
    private readonly TimeProvider _clock;

    internal HubSnapshot(
        HubReference reference, HubListing listing, HubCache cache, HubConnection? hub, HubOptions options, TimeProvider clock)
    {
        (Reference, Commit, Files) = (reference, listing.Commit, listing.Files);
        (_cache, _hub, _options, _clock) = (cache, hub, options, clock);
        _retry = new HubRetry(options, clock);
    }

    /// <summary>What was asked for.</summary>
    public HubReference Reference { get; }

    /// <summary>The commit that the revision leads to.</summary>
    public string Commit { get; }

    /// <summary>Every file by its path in the repository.</summary>
    public IReadOnlyDictionary<string, HubFile> Files { get; }

    /// <summary>Whether the hub is not asked: only what the cache holds is here.</summary>
    public bool IsOffline => _hub is null;

    /// <summary>The folder in which the fetched files lie, by their paths.</summary>
    public string Directory => _cache.Snapshot(Commit);

    /// <summary>Whether a file is in the cache already.</summary>
    public bool Has(string path) => Files.TryGetValue(path, out var file) && _cache.Has(Commit, file);

    /// <summary>Fetches files, where they are not here yet, and remembers the commit as the revision's.</summary>
    /// <param name="paths">Their paths in the repository.</param>
    /// <param name="progress">Told as bytes arrive; may be called from several threads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept and the next call goes on from there.</param>
    /// <returns>The folder of the snapshot.</returns>
    /// <exception cref="DllmException">The hub refuses or fails, the content is damaged, or the disk is full.</exception>
    public async Task<string> FetchAsync(
        IEnumerable<string> paths, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        var wanted = paths.Select(Find).Where(file => !_cache.Has(Commit, file)).ToList();
        try
        {
            CheckSpace(wanted);
            foreach (var file in wanted)
                await FetchAsync(file, progress, cancellation).ConfigureAwait(false);
            if (!IsOffline)
                _cache.WriteReference(Reference.Revision, Commit);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DllmException(
                $"the hub's cache '{_options.CacheDirectory}' cannot be written: {error.Message}",
                "free space on the disk, or set HF_HUB_CACHE to another folder; what has arrived is kept",
                error);
        }

        return Directory;
    }

    /// <summary>Reads the first bytes of a file without fetching the rest.</summary>
    /// <param name="path">Its path in the repository.</param>
    /// <param name="count">How many bytes; fewer come back where the file is shorter.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="DllmException">The hub refuses or fails.</exception>
    public Task<byte[]> ReadStartAsync(string path, int count, CancellationToken cancellation = default)
    {
        var address = AddressOf(Find(path), out var hub);
        return _retry.RunAsync(
            async () =>
            {
                using var answer = await hub.SendAsync(
                    HttpMethod.Get, address, headers => headers.Range = new(0, count - 1), cancellation).ConfigureAwait(false);
                HubRefusal.Check(answer, hub, Reference, path);
                using var body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
                var bytes = new byte[count];
                var read = 0;
                while (read < count)
                {
                    var more = await hub.ReadAsync(body, bytes.AsMemory(read), address, cancellation).ConfigureAwait(false);
                    if (more == 0)
                        break;
                    read += more;
                }

                return bytes[..read];
            },
            () => 0,
            null,
            cancellation);
    }

    private HubFile Find(string path) => Files.TryGetValue(path, out var file)
        ? file
        : throw (IsOffline
            ? new DllmException($"'{path}' of {Reference} is not in the cache '{_options.CacheDirectory}'", "run once without --offline")
            : new DllmException($"{Reference} has no file '{SafeText.Show(path)}'"));

    private Uri AddressOf(HubFile file, out HubConnection hub)
    {
        hub = _hub ?? throw new DllmException($"'{file.Path}' of {Reference} is not whole in the cache", "run once without --offline");
        var folder = Reference.Kind == HubKind.Model ? "" : "/datasets";
        return hub.At($"{folder}/{Reference.Name}/resolve/{Commit}/{string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString))}");
    }

    private void CheckSpace(List<HubFile> wanted)
    {
        var needed = wanted.Sum(file => (double)(file.Size ?? 0)); // no number of files overflows it
        if (needed == 0 || IsOffline)
            return;
        System.IO.Directory.CreateDirectory(_options.CacheDirectory);
        var free = new DriveInfo(Path.GetFullPath(_options.CacheDirectory)).AvailableFreeSpace;
        var partly = wanted.Where(file => file.Hash is not null)
            .Select(file => new FileInfo(PartialFile.PathOf(_cache.Blob(file.Hash!)))).Sum(file => file.Exists ? file.Length : 0);
        if (needed - partly > free)
        {
            throw new DllmException(
                FormattableString.Invariant(
                    $"{Reference} needs {needed / 1e9:0.00} GB but the disk of '{_options.CacheDirectory}' has {free / 1e9:0.00} GB free"),
                "free space, or set HF_HUB_CACHE to a folder on another disk");
        }
    }

    private async Task FetchAsync(HubFile file, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        var address = AddressOf(file, out var hub);
        if (file.Size is null)
        {
            file = await DescribeAsync(file, hub, address, cancellation).ConfigureAwait(false);
            CheckSpace([file]);
        }

        var size = file.Size!.Value;
        var name = file.Hash ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Commit}/{file.Path}")));
        var blob = _cache.Blob(name);
        using var held = await HubLock.TakeAsync(
            _cache.Lock(name), () => progress?.Report(new(file.Path, HubActivity.Waiting, 0, size)), _clock, cancellation)
            .ConfigureAwait(false);
        if (new FileInfo(blob) is not { Exists: true } present || present.Length != size)
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
            await BringAsync(file, blob, hub, address, progress, cancellation).ConfigureAwait(false);
        }

        if (!_cache.Has(Commit, file)) // another process may have put it there meanwhile
            _cache.Publish(Commit, file.Path, blob);
        progress?.Report(new(file.Path, HubActivity.Done, size, size));
    }

    private async Task BringAsync(
        HubFile file, string blob, HubConnection hub, Uri address, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        var size = file.Size!.Value;
        for (var attempt = 1; ; attempt++)
        {
            using var partial = new PartialFile(blob, size, _options.RangeBytes);
            var transfer = new FileTransfer(
                hub, _retry, _options.Connections, address, partial, answer => HubRefusal.Check(answer, hub, Reference, file.Path),
                note => Tell(note is null ? HubActivity.Fetching : HubActivity.Retrying, partial.Done, note));
            Tell(HubActivity.Fetching, partial.Done);
            await transfer.RunAsync(cancellation).ConfigureAwait(false);
            partial.Dispose();
            Tell(HubActivity.Verifying, size);
            if (file.Hash is null || ContentHash.Of(partial.Path, file, cancellation) is var actual && actual == file.Hash)
            {
                File.Move(partial.Path, blob, overwrite: true);
                partial.Discard(alsoBytes: false);
                return;
            }

            partial.Discard(alsoBytes: true);
            if (attempt == 2) // once may be what an earlier run left; twice is the hub
            {
                throw new DllmException(
                    $"'{file.Path}' of {Reference} arrived damaged twice: its hash is {actual} but must be {file.Hash}",
                    "try again later, or ask the hub's operator");
            }
        }

        void Tell(HubActivity activity, long bytes, string? note = null) => progress?.Report(new(file.Path, activity, bytes, size, note));
    }

    /// <summary>Asks for the size and hash of a file where the listing gave none.</summary>
    private Task<HubFile> DescribeAsync(HubFile file, HubConnection hub, Uri address, CancellationToken cancellation) => _retry.RunAsync(
        async () =>
        {
            using var answer = await hub.SendAsync(HttpMethod.Head, address, null, cancellation).ConfigureAwait(false);
            HubRefusal.Check(answer, hub, Reference, file.Path);
            var size = answer.Content.Headers.ContentLength
                ?? throw new DllmException($"{hub.Endpoint.Host} does not say how large '{file.Path}' is", "check the hub's address");
            if (size > HubFile.MostBytes)
                throw new DllmException($"{hub.Endpoint.Host} says that '{file.Path}' has {size} bytes", "check the hub's address");
            var tag = answer.Headers.ETag?.Tag.Trim('"');
            return file with { Size = size, Hash = file.Hash ?? (HubFile.IsHash(tag) ? tag : null) };
        },
        () => 0,
        null,
        cancellation);
}
