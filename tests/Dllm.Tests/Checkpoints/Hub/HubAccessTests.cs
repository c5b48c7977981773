using System.Text.Json.Nodes;
using Dllm.Checkpoints.Hub;

namespace Dllm.Tests.Checkpoints.Hub;

/// <summary>Who may read what, where redirects lead, what works offline, and what hostile servers cannot do.</summary>
public sealed class HubAccessTests : IDisposable
{
    private readonly LocalHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData(401, null, null, "does not exist, or is private", "set HF_TOKEN")]
    [InlineData(401, null, "hf_x", "may not be read with this token", "HF_TOKEN is valid")]
    [InlineData(401, "GatedRepo", null, "is gated", "accept its terms on the page")]
    [InlineData(403, "GatedRepo", "hf_x", "the token's owner has no access", "/me/tiny")]
    [InlineData(403, null, null, "is gated", "HF_TOKEN")]
    [InlineData(404, null, null, "does not exist, or has no revision 'main'", "owner/name@revision")]
    [InlineData(404, "RevisionNotFound", null, "has no revision 'main'", "branch")]
    [InlineData(400, null, null, "answered 400", "address")]
    public async Task RefusalsSayWhatToDo(int status, string? code, string? token, string what, string remedy)
    {
        _hub.Before = _ => code is null ? LocalAnswer.Text(status, "no") : LocalAnswer.Text(status, "no", ("X-Error-Code", code));
        var error = await Refused(_hub.Options with { Token = token });
        Assert.Contains(what, error);
        Assert.Contains(remedy, error);
        Assert.DoesNotContain("hf_x", error);
        Assert.Single(_hub.Requests); // what is refused is not asked again
    }

    [Fact]
    public async Task AFileThatIsRefusedIsNamed()
    {
        _hub.Add("model.safetensors", 100);
        _hub.Before = request => request.Path.Contains("/resolve/", StringComparison.Ordinal) ? LocalAnswer.Text(404, "") : null;
        Assert.Contains("has no file 'model.safetensors'", await Refused());
    }

    [Fact]
    public async Task ThePageOfAnotherHubGetsNoToken()
    {
        using var elsewhere = new LocalHub();
        elsewhere.Add("model.safetensors", 10);
        using var client = new HubClient(_hub.Options with { Token = "hf_x" });
        var snapshot = await client.OpenAsync(HubReference.TryParse($"{elsewhere.Address.AbsoluteUri}me/tiny")!);
        await snapshot.FetchAsync(["model.safetensors"]);
        Assert.All(elsewhere.Requests, request => Assert.Null(request.Header("Authorization")));
        Assert.Empty(_hub.Requests);
    }

    [Fact]
    public async Task TheTokenGoesToTheHubAndNowhereElse()
    {
        var content = _hub.Add("model.safetensors", 3000);
        using var storage = new LocalServer(request => _hub.Content(request, content));
        _hub.Before = request => request.Path.Contains("/resolve/", StringComparison.Ordinal)
            ? LocalAnswer.Text(302, "", ("Location", $"{storage.Address}blob?signature=1"))
            : null;
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors", _hub.Options with { Token = "hf_x" })));
        Assert.All(_hub.Requests, request => Assert.Equal("Bearer hf_x", request.Header("Authorization")));
        Assert.NotEmpty(storage.Requests);
        Assert.All(storage.Requests, request => Assert.Null(request.Header("Authorization")));
        Assert.All(storage.Requests, request => Assert.NotNull(request.Header("Range")));
    }

    [Fact]
    public async Task ARelativeRedirectKeepsTheToken()
    {
        var content = _hub.Add("model.safetensors", 100);
        _hub.Before = request => request.Path.StartsWith("/old", StringComparison.Ordinal)
            ? _hub.Content(request, content)
            : request.Path.Contains("/resolve/", StringComparison.Ordinal) ? LocalAnswer.Text(307, "", ("Location", "/old/name")) : null;
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors", _hub.Options with { Token = "hf_x" })));
        Assert.Equal("Bearer hf_x", _hub.Requests[^1].Header("Authorization"));
    }

    [Fact]
    public async Task RedirectsInACircleEnd()
    {
        _hub.Before = request => LocalAnswer.Text(302, "", ("Location", request.Path));
        Assert.Contains("redirects more than 10 times", await Refused());
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://hub.test/x")]
    public async Task ARedirectMustStayOnTheWeb(string location)
    {
        _hub.Before = _ => LocalAnswer.Text(302, "", ("Location", location));
        Assert.Contains("which is not safe", await Refused());
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("a/../../model.safetensors")]
    [InlineData("/etc/model.safetensors")]
    [InlineData("C:/model.safetensors")]
    [InlineData("a\\..\\model.safetensors")]
    [InlineData("model.safetensors\0.txt")]
    [InlineData("a//b")]
    [InlineData("./b")]
    [InlineData("")]
    [InlineData("a\u001b[31m")]
    public async Task HostileNamesAreRefusedBeforeAnythingIsFetched(string name)
    {
        _hub.Files[name] = [1, 2, 3];
        var error = await Refused();
        Assert.Contains("could lie outside its folder", error);
        Assert.DoesNotContain('\u001b', error);
        Assert.False(Directory.Exists(_hub.Repository));
    }

    [Theory]
    [InlineData("sha", "\"../../x\"", "names no commit")]
    [InlineData("sha", "\"\"", "names no commit")]
    [InlineData("sha", "7", "no model hub's")]
    [InlineData("siblings", "7", "lists no files")]
    [InlineData("siblings", "[{}]", "without a name")]
    [InlineData("siblings", "[7]", "no model hub's")]
    [InlineData("siblings", "[{\"rfilename\":\"a\",\"size\":-1}]", "-1 bytes")]
    [InlineData("siblings", "[{\"rfilename\":\"a\",\"size\":\"x\"}]", "no model hub's")]
    [InlineData("siblings", "[{\"rfilename\":\"a\",\"blobId\":\"../../../etc/passwd\"}]", "hash, which is none")]
    [InlineData("siblings", "[{\"rfilename\":\"a\"},{\"rfilename\":\"a\"}]", "twice")]
    public async Task HostileListingsAreRefused(string key, string value, string expected)
    {
        _hub.Listing = listing => listing[key] = JsonNode.Parse(value);
        Assert.Contains(expected, await Refused());
    }

    [Fact]
    public async Task APageThatIsNoHubIsSaidToBeNone()
    {
        _hub.Before = _ => LocalAnswer.Text(200, "<html>welcome</html>");
        Assert.Contains("no model hub's", await Refused());
    }

    [Fact]
    public async Task OfflineTheCacheServes()
    {
        var content = _hub.Add("model.safetensors", 3000);
        _hub.Add("other.safetensors", 10);
        await _hub.FetchAsync("model.safetensors");
        var before = _hub.Requests.Count;
        foreach (var options in (HubOptions[])[_hub.Options with { Offline = true }, _hub.Options with { Endpoint = null }])
        {
            Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors", options)));
            Assert.Contains("is not in the cache", await Refused(options, "other.safetensors"));
            using var client = new HubClient(options);
            Assert.Equal(LocalHub.Commit, (await client.OpenAsync(LocalHub.Reference($"me/tiny@{LocalHub.Commit}"))).Commit);
        }

        Assert.Equal(before, _hub.Requests.Count);
    }

    [Fact]
    public async Task OfflineAMissIsAClearError()
    {
        Assert.Contains("the hub is not asked because of --offline", await Refused(_hub.Options with { Offline = true }));
        var error = await Refused(_hub.Options with { Endpoint = null });
        Assert.Contains("no model hub is set", error);
        Assert.Contains("set HF_ENDPOINT (or --hub-endpoint)", error);
        Assert.Empty(_hub.Requests);
    }

    [Fact]
    public async Task AHubThatCannotBeReachedIsReplacedByTheCache()
    {
        var content = _hub.Add("model.safetensors", 3000);
        await _hub.FetchAsync("model.safetensors");
        var away = _hub.Options with { Endpoint = new Uri("http://127.0.0.1:1"), Attempts = 2 };
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors", away)));
        Assert.Contains("cannot be reached", await Refused(away with { CacheDirectory = _hub.Cache + "2" }));
    }

    [Fact]
    public async Task ALinkWhoseBlobIsGoneIsFetchedAgain()
    {
        var content = _hub.Add("model.safetensors", 300);
        await _hub.FetchAsync("model.safetensors");
        File.Delete(Path.Combine(_hub.Repository, "blobs", LocalHub.Sha256(content)));
        Assert.Contains("is not in the cache", await Refused(_hub.Options with { Offline = true }));
        Assert.Equal(content, File.ReadAllBytes(await _hub.FetchAsync("model.safetensors")));
    }

    [Fact]
    public async Task ADataSetHasItsOwnAddressesAndFolder()
    {
        var rows = _hub.Add("data/train 1.parquet", 10);
        _hub.Before = request => request.Path.Contains("/resolve/", StringComparison.Ordinal)
            ? _hub.Content(request, rows)
            : LocalAnswer.Text(200, $$"""{"sha":"abc","siblings":[{"rfilename":"data/train 1.parquet","size":10}]}""");
        using var client = new HubClient(_hub.Options);
        var snapshot = await client.OpenAsync(HubReference.TryParse("me/rows@v1", HubKind.Dataset)!);
        var folder = await snapshot.FetchAsync(snapshot.Files.Keys);
        Assert.Equal(Path.Combine(_hub.Cache, "datasets--me--rows", "snapshots", "abc"), folder);
        Assert.Equal(
            ["/api/datasets/me/rows/revision/v1?blobs=true", "/datasets/me/rows/resolve/abc/data/train%201.parquet"],
            _hub.Requests.Select(request => request.Path));
    }

    private async Task<string> Refused(HubOptions? options = null, string path = "model.safetensors") =>
        (await Assert.ThrowsAnyAsync<DllmException>(() => _hub.FetchAsync(path, options))).Message;
}
