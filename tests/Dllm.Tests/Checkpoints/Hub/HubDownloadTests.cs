using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dllm.Checkpoints.Hub;

namespace Dllm.Tests.Checkpoints.Hub;

/// <summary>Downloads from a server that behaves, and from one that does not.</summary>
public sealed class HubDownloadTests : IDisposable
{
    private readonly LocalHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(10_000)]
    public async Task AFileOfAnySizeArrives(int bytes)
    {
        var content = _hub.Add("model.safetensors", bytes);
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));
        Assert.Equal((bytes + 1023) / 1024, _hub.FileRequests.Count(request => bytes <= 1024 || request.Header("Range") is not null));
    }

    [Fact]
    public async Task TheCacheIsLaidOutAsPythonLaysItOut()
    {
        var large = _hub.Add("model.safetensors", 3000);
        var small = _hub.Add("sub folder/config.json", 10, large: false);
        await _hub.FetchAsync("model.safetensors");
        await _hub.FetchAsync("sub folder/config.json");
        Assert.Equal(LocalHub.Commit, File.ReadAllText(Path.Combine(_hub.Repository, "refs", "main")));
        var snapshot = Path.Combine(_hub.Repository, "snapshots", LocalHub.Commit);
        Assert.Equal("../../blobs/" + LocalHub.Sha256(large), new FileInfo(Path.Combine(snapshot, "model.safetensors")).LinkTarget);
        Assert.Equal(
            "../../../blobs/" + LocalHub.GitHash(small), new FileInfo(Path.Combine(snapshot, "sub folder", "config.json")).LinkTarget);
        Assert.Equal(
            new[] { LocalHub.Sha256(large), LocalHub.GitHash(small) }.Order(),
            Directory.GetFiles(Path.Combine(_hub.Repository, "blobs")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task WhatIsHereIsNotFetchedAgain()
    {
        _hub.Add("model.safetensors", 3000);
        await _hub.FetchAsync("model.safetensors");
        var before = _hub.FileRequests.Count();
        await _hub.FetchAsync("model.safetensors");
        Assert.Equal(before, _hub.FileRequests.Count());
    }

    [Fact]
    public async Task WithoutLinksTheFileLiesInTheSnapshot()
    {
        var content = _hub.Add("model.safetensors", 3000);
        var path = await _hub.FetchAsync("model.safetensors", _hub.Options with { UseLinks = false });
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.Repository, "blobs")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BrokenConnectionsAreTakenUpAgain(bool givesRanges)
    {
        var content = _hub.Add("model.safetensors", 5000);
        _hub.GivesRanges = givesRanges;
        var broken = 0;
        _hub.Before = request => IsFile(request) && Interlocked.Increment(ref broken) is 1 or 3 or 4
            ? _hub.Content(request, content, givesRanges) with { CutAfter = givesRanges ? 700 : 3000 + broken }
            : null;
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));
    }

    [Fact]
    public async Task EachByteThatArrivesStartsTheCountOfFailuresAgain()
    {
        var content = _hub.Add("model.safetensors", 1000);
        _hub.Before = request => IsFile(request) ? _hub.Content(request, content) with { CutAfter = 100 } : null;
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));
        Assert.Equal(10, _hub.FileRequests.Count());
    }

    [Fact]
    public async Task AStalledConnectionIsGivenUpAndMadeAgain()
    {
        var content = _hub.Add("model.safetensors", 2000);
        var stalled = 0;
        _hub.Before = request => IsFile(request) && Interlocked.Increment(ref stalled) <= 2
            ? _hub.Content(request, content) with { SilentAfter = 500 }
            : null;
        var options = _hub.Options with { Patience = TimeSpan.FromMilliseconds(500), Attempts = 20 };
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors", options)));
    }

    [Fact]
    public async Task BusyAndBrokenServersAreAskedAgain()
    {
        var content = _hub.Add("model.safetensors", 100);
        var asked = 0;
        _hub.Before = request => Interlocked.Increment(ref asked) switch
        {
            1 => LocalAnswer.Text(503, "", ("Retry-After", "0")),
            3 => LocalAnswer.Text(429, ""),
            _ => null,
        };
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));
    }

    [Fact]
    public async Task AServerThatStaysBrokenIsOneClearErrorAndTheBytesAreKept()
    {
        var content = _hub.Add("model.safetensors", 5000);
        _hub.Before = request => IsFile(request) && request.Header("Range") != "bytes=0-1023" ? LocalAnswer.Text(500, "") : null;
        var error = await Refused("model.safetensors");
        Assert.Contains("failed 3 times in a row", error);
        Assert.Contains("goes on from there", error);

        _hub.Before = null;
        var before = _hub.FileRequests.Count();
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));
        var asked = _hub.FileRequests.Skip(before).Select(request => request.Header("Range")).ToList();
        Assert.DoesNotContain("bytes=0-1023", asked);
        Assert.Equal(4, asked.Count);
        Assert.All(_hub.FileRequests.Skip(before), request => Assert.Equal($"\"{LocalHub.Sha256(content)}\"", request.Header("If-Range")));
    }

    [Fact]
    public async Task AnInterruptedDownloadGoesOnFromItsLastByte()
    {
        var content = _hub.Add("model.safetensors", 100_000);
        var options = _hub.Options with { RangeBytes = 1 << 20, Patience = TimeSpan.FromSeconds(30) };
        using var interruption = new CancellationTokenSource();
        var arrived = new Listener(progress =>
        {
            if (progress is { Activity: HubActivity.Fetching, Bytes: 60_000 })
                interruption.Cancel();
        });
        _hub.Before = request => IsFile(request) ? _hub.Content(request, content) with { SilentAfter = 60_000 } : null;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _hub.FetchAsync("model.safetensors", options, arrived, interruption.Token));

        _hub.Before = null;
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors", options)));
        Assert.Equal("bytes=60000-99999", _hub.FileRequests.Last().Header("Range"));
    }

    [Fact]
    public async Task ContentThatChangedMeanwhileIsFetchedWhole()
    {
        var old = _hub.Add("model.safetensors", 3000);
        _hub.Before = request => IsFile(request) && request.Header("Range") != "bytes=0-1023" ? LocalAnswer.Text(500, "") : null;
        await Refused("model.safetensors");

        // The same name and length, another content under another tag; the hash that the listing gave is the new one's.
        var renewed = old.Reverse().ToArray();
        _hub.Before = null;
        _hub.Listing = listing => listing["siblings"]![0]!["lfs"]!["sha256"] = LocalHub.Sha256(old);
        _hub.Files["model.safetensors"] = renewed;
        Assert.Contains("arrived damaged twice", await Refused("model.safetensors"));
        _hub.Files["model.safetensors"] = old;
        Assert.Equal(old, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DamagedContentIsFetchedOnceMoreThenRefused(bool large)
    {
        var content = _hub.Add("model.safetensors", 3000, large);
        var damaged = content.ToArray();
        damaged[1234] ^= 1;
        var asked = 0;
        _hub.Before = request => IsFile(request) && Interlocked.Increment(ref asked) <= 3 ? _hub.Content(request, damaged) : null;
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));

        _hub.Add("other.safetensors", 500, large);
        _hub.Before = request => IsFile(request) ? _hub.Content(request, new byte[500]) : null;
        var error = await Refused("other.safetensors");
        Assert.Contains("arrived damaged twice", error);
        Assert.Contains(LocalHub.Sha256(new byte[500])[..2], large ? error : LocalHub.Sha256(new byte[500]));
        Assert.False(File.Exists(Path.Combine(_hub.Repository, "snapshots", LocalHub.Commit, "other.safetensors")));
        Assert.Single(Directory.GetFiles(Path.Combine(_hub.Repository, "blobs"))); // nothing damaged stays
    }

    [Theory]
    [InlineData(400, "sends 400 bytes where its listing says 500")]
    [InlineData(600, "sends 600 bytes where its listing says 500")]
    public async Task AWrongSizeIsRefused(int bytes, string expected)
    {
        _hub.Add("model.safetensors", 500);
        _hub.Before = request => IsFile(request) ? _hub.Content(request, new byte[bytes]) : null;
        Assert.Contains(expected, await Refused("model.safetensors"));
    }

    [Fact]
    public async Task SizeAndHashAreAskedForWhereTheListingHasNone()
    {
        var content = _hub.Add("model.safetensors", 2500);
        _hub.Listing = listing => listing["siblings"]!.AsArray()[0] = new JsonObject { ["rfilename"] = "model.safetensors" };
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));
        Assert.Contains(_hub.Requests, request => request.Method == "HEAD");
    }

    [Fact]
    public async Task ConcurrentRunsFetchAFileOnce()
    {
        var content = _hub.Add("model.safetensors", 3000);
        var waited = new ConcurrentBag<HubActivity>();
        _hub.Before = request =>
        {
            if (IsFile(request))
                Thread.Sleep(100);
            return null;
        };
        var listener = new Listener(progress => waited.Add(progress.Activity));
        var runs = Enumerable.Range(0, 4).Select(_ => Task.Run(() => _hub.FetchAsync("model.safetensors", progress: listener))).ToList();
        foreach (var path in await Task.WhenAll(runs))
            Assert.Equal(content, File.ReadAllBytes(path));
        Assert.Equal(3, _hub.FileRequests.Count()); // three ranges, once
        Assert.Contains(HubActivity.Waiting, waited);
    }

    [Fact]
    public async Task BytesAreReportedUpToTheLast()
    {
        _hub.Add("model.safetensors", 3000);
        var reports = new ConcurrentQueue<HubProgress>();
        await _hub.FetchAsync("model.safetensors", progress: new Listener(reports.Enqueue));
        Assert.Equal(new HubProgress("model.safetensors", HubActivity.Fetching, 0, 3000), reports.First());
        Assert.Contains(reports, report => report is { Activity: HubActivity.Fetching, Bytes: 3000 });
        Assert.Equal([HubActivity.Verifying, HubActivity.Done], reports.TakeLast(2).Select(report => report.Activity));
    }

    [Fact]
    public async Task TheBeginningOfAFileCanBeReadAlone()
    {
        var content = _hub.Add("model.safetensors", 5000);
        using var hub = new HubClient(_hub.Options);
        var snapshot = await hub.OpenAsync(LocalHub.Reference());
        Assert.Equal(content[..10], await snapshot.ReadStartAsync("model.safetensors", 10));
        _hub.GivesRanges = false;
        Assert.Equal(content[..10], await snapshot.ReadStartAsync("model.safetensors", 10));
        Assert.Equal(content, await snapshot.ReadStartAsync("model.safetensors", 9000));
        Assert.False(snapshot.Has("model.safetensors"));
    }

    private static bool IsFile(LocalRequest request) => request.Path.Contains("/resolve/", StringComparison.Ordinal);

    private async Task<string> Refused(string path) => (await Assert.ThrowsAnyAsync<DllmException>(() => _hub.FetchAsync(path))).Message;

    private sealed class Listener(Action<HubProgress> act) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => act(value);
    }
}
