using System.Text.RegularExpressions;

namespace Dllm.Checkpoints.Hub;

/// <summary>What a repository of a hub holds.</summary>
public enum HubKind
{
    /// <summary>A checkpoint.</summary>
    Model,

    /// <summary>A data set.</summary>
    Dataset,
}

/// <summary>The name of a repository on a hub: <c>owner/name</c>, <c>owner/name@revision</c>, or the address of its page.</summary>
public sealed partial record HubReference
{
    private HubReference(HubKind kind, string name, string revision, Uri? endpoint)
    {
        Kind = kind;
        Name = name;
        Revision = revision;
        Endpoint = endpoint;
    }

    /// <summary>What it holds.</summary>
    public HubKind Kind { get; }

    /// <summary><c>owner/name</c>.</summary>
    public string Name { get; }

    /// <summary>A branch, a tag, a commit or a pull request's ref; <c>main</c> unless one is named.</summary>
    public string Revision { get; }

    /// <summary>The hub, where the name was a page's address; else null: the hub of the options.</summary>
    public Uri? Endpoint { get; }

    /// <summary>Reads a name; null where it is none (a path, a word without an owner).</summary>
    /// <param name="text"><c>owner/name[@revision]</c>, or <c>https://HUB/owner/name[/tree/revision]</c>.</param>
    /// <param name="kind">What the repository holds.</param>
    public static HubReference? TryParse(string text, HubKind kind = HubKind.Model)
    {
        if (Page().Match(text) is { Success: true } page)
        {
            var path = page.Groups["path"].Value.TrimEnd('/');
            var (name, revision) = path.Split("/tree/", 2) is [var front, var back] ? (front, back) : (path, "main");
            if (name.StartsWith("datasets/", StringComparison.Ordinal) == (kind == HubKind.Model))
                return null;
            name = kind == HubKind.Model ? name : name["datasets/".Length..];
            return IsName(name) && IsRevision(revision) && Uri.TryCreate(page.Groups["hub"].Value, UriKind.Absolute, out var hub)
                ? new(kind, name, revision, hub)
                : null;
        }

        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (id, wanted) = at < 0 ? (text, "main") : (text[..at], text[(at + 1)..]);
        return IsName(id) && IsRevision(wanted) ? new(kind, id, wanted, null) : null;
    }

    /// <summary>Whether a text means a web page rather than a folder: then it must be a repository's.</summary>
    public static bool IsAddress(string text) => Address().IsMatch(text);

    /// <summary>The name as it is typed.</summary>
    public override string ToString() => Revision == "main" ? Name : $"{Name}@{Revision}";

    private static bool IsName(string text) =>
        OwnerAndName().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal) && !text.Contains("--", StringComparison.Ordinal);

    /// <summary>A revision becomes a file below <c>refs</c>, so it may not lead out of it.</summary>
    private static bool IsRevision(string text) =>
        RevisionName().IsMatch(text) && text.Split('/').All(part => part.Trim('.').Length > 0 && !part.EndsWith('.'));

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,95}/[A-Za-z0-9_][A-Za-z0-9_.\-]{0,95}\z")]
    private static partial Regex OwnerAndName();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.+\-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.+\-]{0,99}){0,5}\z")]
    private static partial Regex RevisionName();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.\-]*://")]
    private static partial Regex Address();

    [GeneratedRegex(@"^(?<hub>https?://[^/@\s?#]+)/(?<path>[^?#\s]+)\z")]
    private static partial Regex Page();
}
