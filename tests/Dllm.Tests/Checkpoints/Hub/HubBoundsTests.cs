using System.Diagnostics;
using System.Text.Json.Nodes;
using Dllm.Checkpoints.Hub;

namespace Dllm.Tests.Checkpoints.Hub;

/// <summary>A server that sends without end, in drips or with lies about sizes holds nobody for long and fills no memory.</summary>
public sealed class HubBoundsTests : IDisposable
{
    private readonly LocalHub _hub = new();

    private HubOptions Impatient => _hub.Options with { Patience = TimeSpan.FromSeconds(0.3), LeastBytes = 4096, Attempts = 2 };

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task An_endless_listing_is_refused_at_its_bound()
    {
        _hub.Before = _ => new LocalAnswer(200, new byte[1 << 20]) { IsEndless = true };
        long before = GC.GetTotalAllocatedBytes();
        Assert.Contains("more than 32 MiB", await Refused(_hub.Options));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 256 << 20);
        Assert.Single(_hub.Requests); // and not asked for again
    }

    [Fact]
    public async Task A_listing_that_says_it_is_too_long_is_not_read()
    {
        _hub.Before = _ => LocalAnswer.Text(200, "{}", ("Content-Length", "99999999999"));
        Assert.Contains("more than 32 MiB", await Refused(_hub.Options));
    }

    [Fact]
    public async Task A_listing_in_drips_ends()
    {
        _hub.Before = _ => new LocalAnswer(200, new byte[1000]) { Drip = TimeSpan.FromMilliseconds(50) };
        var clock = Stopwatch.StartNew();
        Assert.Contains("failed 2 times", await Refused(Impatient));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_file_in_drips_ends_and_what_came_is_kept()
    {
        byte[] content = _hub.Add("model.safetensors", 900);
        _hub.Before = request => IsFile(request) ? _hub.Content(request, content) with { Drip = TimeSpan.FromMilliseconds(50) } : null;
        Assert.Contains("sent only", await Refused(Impatient));
        _hub.Before = null;
        await _hub.FetchAsync("model.safetensors");
        Assert.NotEqual("bytes=0-899", _hub.FileRequests.Last().Header("Range")); // the rest alone
        Assert.NotNull(_hub.FileRequests.Last().Header("Range"));
    }

    [Fact]
    public async Task A_file_that_does_not_end_at_its_size_is_refused()
    {
        _hub.Add("model.safetensors", 900);
        _hub.Before = request => IsFile(request) ? new LocalAnswer(200, new byte[1 << 16]) { IsEndless = true } : null;
        Assert.Contains("where its listing says 900", await Refused(_hub.Options));
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("17592186044417")]
    [InlineData("-1")]
    [InlineData("1e400")]
    public async Task A_size_that_no_file_has_is_refused(string size)
    {
        _hub.Before = _ => LocalAnswer.Text(200, $$"""{"sha":"abc","siblings":[{"rfilename":"model.safetensors","size":{{size}}}]}""");
        Assert.Contains("no model hub's", await Refused(_hub.Options));
    }

    [Fact]
    public async Task Sizes_that_no_disk_holds_are_refused_before_anything_is_fetched()
    {
        _hub.Add("model.safetensors", 10);
        _hub.Listing = listing => listing["siblings"]![0]!["lfs"]!["size"] = 1L << 44;
        Assert.Contains("GB free", await Refused(_hub.Options));
        Assert.Empty(_hub.FileRequests);

        _hub.Listing = listing => listing["siblings"]![0] = new JsonObject { ["rfilename"] = "model.safetensors" }; // no size: the file is asked
        _hub.Before = request => request.Method == "HEAD" ? LocalAnswer.Text(200, "", ("Content-Length", $"{1L << 43}")) : null;
        Assert.Contains("GB free", await Refused(_hub.Options));
    }

    [Fact]
    public async Task Compressed_answers_are_not_unpacked()
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(new byte[1 << 24]);
        _hub.Before = _ => new LocalAnswer(200, packed.ToArray(), ("Content-Encoding", "gzip"));
        Assert.Contains("no model hub's", await Refused(_hub.Options));
    }

    [Fact]
    public async Task Headers_without_end_are_an_error()
    {
        _hub.Before = _ => LocalAnswer.Text(200, "{}", [.. Enumerable.Range(0, 2000).Select(i => ($"X-{i}", new string('a', 100)))]);
        Assert.Contains("failed 3 times", await Refused(_hub.Options));
    }

    [Fact]
    public async Task A_server_that_asks_for_a_pause_of_years_is_waited_for_a_minute_at_most()
    {
        _hub.Before = _ => LocalAnswer.Text(503, "", ("Retry-After", "99999999"));
        var clock = new QuickClock();
        using var client = new HubClient(_hub.Options, clock: clock);
        await Assert.ThrowsAsync<HubUnreachableException>(() => client.OpenAsync(LocalHub.Reference()));
        Assert.Equal([TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)], clock.Pauses);
    }

    [Fact]
    public async Task Without_a_network_one_try_is_enough()
    {
        var clock = new QuickClock();
        using var client = new HubClient(_hub.Options with { Endpoint = new Uri(NoNetwork.Endpoint) }, clock: clock);
        var error = await Assert.ThrowsAsync<HubUnreachableException>(() => client.OpenAsync(LocalHub.Reference()));
        Assert.Contains("cannot be reached", error.Message);
        Assert.Contains("check the network", error.Message);
        Assert.Empty(clock.Pauses);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_locked_is_an_error_and_no_wait_for_ever()
    {
        _hub.Add("model.safetensors", 10);
        Directory.CreateDirectory(Path.Combine(_hub.Cache, ".locks", "models--me--tiny", LocalHub.Sha256(_hub.Files["model.safetensors"]) + ".lock"));
        Assert.Contains("cannot be written", await Refused(_hub.Options).WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData("//[")]
    [InlineData("http://[::1")]
    [InlineData("http://")]
    [InlineData("https:")]
    public async Task A_redirect_to_no_address_is_refused(string location)
    {
        _hub.Before = _ => LocalAnswer.Text(302, "", ("Location", location));
        await Refused(_hub.Options);
    }

    private static bool IsFile(LocalRequest request) => request.Path.Contains("/resolve/", StringComparison.Ordinal);

    private async Task<string> Refused(HubOptions options) =>
        (await Assert.ThrowsAnyAsync<DllmException>(() => _hub.FetchAsync("model.safetensors", options))).Message;

    // Pauses take no time and are noted.
    private sealed class QuickClock : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
