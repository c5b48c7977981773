using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Checkpoints.Hub;

/// <summary>What a hub says of a revision: the commit it leads to and that commit's files.</summary>
internal sealed record HubListing(string Commit, IReadOnlyDictionary<string, HubFile> Files)
{
    /// <summary>
    /// Reads the answer of <c>/api/models/{name}/revision/{revision}?blobs=true</c>. Nothing in it is believed unchecked.
    /// </summary>
    public static HubListing Parse(ReadOnlySpan<byte> json, string source)
    {
        try
        {
            var root = JsonNode.Parse(json) as JsonObject;
            if (root?["sha"]?.GetValue<string>() is not { Length: > 0 and <= 64 } commit || !commit.All(char.IsAsciiLetterOrDigit))
                throw Broken(source, "it names no commit");
            if (root["siblings"] is not JsonArray siblings)
                throw Broken(source, "it lists no files");
            var files = new Dictionary<string, HubFile>(StringComparer.Ordinal);
            foreach (var sibling in siblings)
            {
                var file = ParseFile(sibling, source);
                if (!files.TryAdd(file.Path, file))
                    throw Broken(source, $"it lists '{SafeText.Show(file.Path)}' twice");
            }

            return new HubListing(commit, files);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            // InvalidOperationException and FormatException: a value of another type; ArgumentException: a key given twice.
            throw Broken(source, error.Message, error);
        }
    }

    private static HubFile ParseFile(JsonNode? sibling, string source)
    {
        var path = sibling?["rfilename"]?.GetValue<string>() ?? throw Broken(source, "it lists a file without a name");
        var large = sibling["lfs"];
        var size = large?["size"]?.GetValue<long>() ?? sibling["size"]?.GetValue<long>();
        if (size is < 0 or > HubFile.MostBytes)
            throw Broken(source, $"it gives '{SafeText.Show(path)}' {size} bytes");
        var hash = large?["sha256"]?.GetValue<string>() ?? large?["oid"]?.GetValue<string>() ?? sibling["blobId"]?.GetValue<string>();
        return new HubFile(HubFile.CheckPath(path, source), size, HubFile.CheckHash(hash, source));
    }

    private static DllmException Broken(string source, string why, Exception? error = null) =>
        new(
            $"{source} gave an answer that is no model hub's: {why.ReplaceLineEndings(" ")}",
            "check the hub's address (HF_ENDPOINT)",
            error);
}
