using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dllm.Data;
using Dllm.Data.Sources;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>
/// Which files of a hub's data set hold a split: what the front matter of its README says (<c>configs</c> with <c>data_files</c>), else files
/// whose name begins with the split's, in a folder of the configuration, in <c>data</c>, or at the top.
/// </summary>
internal static partial class HubSplit
{
    /// <summary>The name of the file with the front matter.</summary>
    public const string Readme = "README.md";

    /// <summary>The files, in order; empty where none is found.</summary>
    /// <param name="files">All paths of the repository.</param>
    /// <param name="readme">The README's text, or null.</param>
    /// <param name="config">The configuration (<c>dataset_name</c>), or null.</param>
    /// <param name="split">The split.</param>
    /// <exception cref="DllmException">The front matter is no YAML.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> files, string? readme, string? config, string split)
    {
        string[] readable = [.. files.Where(path => RowReaders.All.Any(reader => reader.Extensions.Contains(DataFile.Extension(path)))).Order(StringComparer.Ordinal)];
        string[] patterns = [.. Patterns(readme, config, split)];
        if (patterns.Length > 0) return [.. readable.Where(path => patterns.Any(pattern => Matches(pattern, path)))];
        string[] folders = config is null ? ["data/", ""] : [$"{config}/", $"data/{config}/", "data/", ""];
        return folders.Select(folder => readable.Where(path => IsOf(path, folder, split)).ToArray()).FirstOrDefault(found => found.Length > 0) ?? [];
    }

    // test.jsonl, test-00000-of-00001.parquet, test_0.csv: in the folder itself.
    private static bool IsOf(string path, string folder, string split)
    {
        if (!path.StartsWith(folder, StringComparison.Ordinal) || path.AsSpan(folder.Length).Contains('/')) return false;
        string name = path[folder.Length..];
        return name.StartsWith(split, StringComparison.Ordinal) && name.Length > split.Length && name[split.Length] is '.' or '-' or '_';
    }

    private static IEnumerable<string> Patterns(string? readme, string? config, string split)
    {
        if (readme is null || FrontMatter().Match(readme) is not { Success: true } front) return [];
        var configs = (TaskYaml.Parse(Readme, front.Groups[1].Value).Values["configs"] as JsonArray ?? []).OfType<JsonObject>().ToArray();
        var chosen = Array.Find(configs, entry => entry["config_name"]?.ToString() == (config ?? "default")) ?? (config is null ? configs.FirstOrDefault() : null);
        return chosen?["data_files"] switch
        {
            JsonArray entries => entries.OfType<JsonObject>().Where(entry => entry["split"]?.ToString() == split).SelectMany(entry => Texts(entry["path"])),
            JsonObject bySplit => Texts(bySplit[split]),
            _ => [],
        };
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonArray several => several.OfType<JsonValue>().Select(path => path.ToString()),
        JsonValue one => [one.ToString()],
        _ => [],
    };

    // * stands for any letters but /, ** for any.
    private static bool Matches(string pattern, string path)
    {
        string regex = Regex.Escape(pattern).Replace(@"\*\*/", "(.*/)?").Replace(@"\*\*", ".*").Replace(@"\*", "[^/]*").Replace(@"\?", "[^/]");
        return Regex.IsMatch(path, $"^{regex}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    [GeneratedRegex(@"\A---\s*\n(.*?)\n---\s*(\n|\z)", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FrontMatter();
}
