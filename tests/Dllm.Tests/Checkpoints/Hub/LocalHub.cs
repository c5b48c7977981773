using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dllm.Checkpoints.Hub;

namespace Dllm.Tests.Checkpoints.Hub;

/// <summary>A model hub on this machine with one repository, <c>me/tiny</c>, and a cache folder.</summary>
internal sealed class LocalHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder _folder = new();
    private readonly LocalServer _server;

    public LocalHub()
    {
        _server = new LocalServer(request => Before?.Invoke(request) ?? Answer(request));
    }

    /// <summary>What the repository holds, by path.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Files that the listing describes by SHA-256, as large ones are; the others by git's hash.</summary>
    public HashSet<string> Large { get; } = [];

    /// <summary>Answers in place of the hub; null leaves it to the hub.</summary>
    public Func<LocalRequest, LocalAnswer?>? Before { get; set; }

    /// <summary>Changes the listing.</summary>
    public Action<JsonObject>? Listing { get; set; }

    /// <summary>Whether the repository is a data set.</summary>
    public bool IsDataset { get; set; }

    public bool GivesRanges { get; set; } = true;

    public Uri Address => _server.Address;

    public IReadOnlyList<LocalRequest> Requests => [.. _server.Requests];

    public IEnumerable<LocalRequest> FileRequests =>
        Requests.Where(request => request.Path.Contains("/resolve/", StringComparison.Ordinal));

    public string Cache => _folder.File("hub");

    public string Repository => Path.Combine(Cache, "models--me--tiny");

    public HubOptions Options => new()
    {
        CacheDirectory = Cache,
        Endpoint = Address,
        FirstPause = TimeSpan.FromMilliseconds(1),
        Patience = TimeSpan.FromSeconds(5),
        RangeBytes = 1024,
        Connections = 3,
        Attempts = 3,
        LeastBytes = 1,
    };

    public static HubReference Reference(string text = "me/tiny") => HubReference.TryParse(text)!;

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static string GitHash(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    /// <summary>Adds a file of so many bytes, each unlike its neighbours.</summary>
    public byte[] Add(string path, int bytes, bool large = true)
    {
        var content = new byte[bytes];
        new Random(path.Length + bytes).NextBytes(content);
        Files[path] = content;
        if (large)
            Large.Add(path);
        return content;
    }

    public async Task<string> FetchAsync(
        string path, HubOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var hub = new HubClient(options ?? Options);
        var snapshot = await hub.OpenAsync(Reference(), progress, cancellation);
        return Path.Combine(await snapshot.FetchAsync([path], progress, cancellation), path);
    }

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    /// <summary>The whole file, or the range that was asked for.</summary>
    public LocalAnswer Content(LocalRequest request, byte[] content, bool givesRanges = true)
    {
        var tag = ("ETag", $"\"{Sha256(content)}\"");
        if (!givesRanges || request.Header("Range") is not { } range || (request.Header("If-Range") is { } wanted && wanted != tag.Item2))
            return new LocalAnswer(200, content, tag);
        var (first, last) = range["bytes=".Length..].Split('-') is [var a, var b]
            ? (int.Parse(a, CultureInfo.InvariantCulture), Math.Min(content.Length - 1, int.Parse(b, CultureInfo.InvariantCulture)))
            : throw new FormatException(range);
        return first >= content.Length
            ? LocalAnswer.Text(416, "")
            : new LocalAnswer(206, content[first..(last + 1)], tag, ("Content-Range", $"bytes {first}-{last}/{content.Length}"));
    }

    private string Kinds => IsDataset ? "datasets" : "models";

    private LocalAnswer Answer(LocalRequest request)
    {
        if (request.Path.StartsWith($"/api/{Kinds}/me/tiny/revision/main?", StringComparison.Ordinal)
            || request.Path.StartsWith($"/api/{Kinds}/me/tiny/revision/{Commit}?", StringComparison.Ordinal))
        {
            return LocalAnswer.Text(200, ListFiles().ToJsonString());
        }

        var front = $"{(IsDataset ? "/datasets" : "")}/me/tiny/resolve/{Commit}/";
        return request.Path.StartsWith(front, StringComparison.Ordinal)
            && Files.TryGetValue(Uri.UnescapeDataString(request.Path[front.Length..]), out var content)
            ? Content(request, content, GivesRanges)
            : LocalAnswer.Text(404, "not here");
    }

    private JsonObject ListFiles()
    {
        var siblings = Files.Select(file =>
        {
            var entry = new JsonObject { ["rfilename"] = file.Key, ["size"] = file.Value.Length, ["blobId"] = GitHash(file.Value) };
            if (Large.Contains(file.Key))
                entry["lfs"] = new JsonObject { ["size"] = file.Value.Length, ["sha256"] = Sha256(file.Value), ["pointerSize"] = 130 };
            return (JsonNode)entry;
        });
        var listing = new JsonObject { ["id"] = "me/tiny", ["sha"] = Commit, ["siblings"] = new JsonArray([.. siblings]) };
        Listing?.Invoke(listing);
        return listing;
    }
}
