using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dllm.Data;
using Dllm.Data.Sources;
using Dllm.Evaluation.Tasks;

namespace Dllm.Evaluation.Running;

/// <summary>
/// Which files of a hub's data set hold which split: what the front matter of its README says (<c>configs</c> with <c>data_files</c>), else
/// the names of files and folders.
/// </summary>
internal static partial class HubSplit
{
    /// <summary>The name of the file with the front matter.</summary>
    public const string Readme = "README.md";

    private const string Train = "train";

    // Files about the data rather than of them.
    private static readonly string[] _metadata = ["config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"];

    /// <summary>
    /// The files of a split, in order; empty where none is found. Without front matter: files whose name begins with the split's, in a folder
    /// of the configuration, in <c>data</c>, or at the top.
    /// </summary>
    /// <param name="files">All paths of the repository.</param>
    /// <param name="readme">The README's text, or null.</param>
    /// <param name="config">The configuration (<c>dataset_name</c>), or null.</param>
    /// <param name="split">The split.</param>
    /// <exception cref="DllmException">The front matter is no YAML.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> files, string? readme, string? config, string split)
    {
        string[] readable = Readable(files);
        var configs = Configs(readme);
        var chosen = Choose(configs, config) ?? (config is null ? configs.FirstOrDefault() : null);
        if (chosen is not null && Listed(chosen).Where(entry => entry.Split == split).Select(entry => entry.Pattern).ToArray() is { Length: > 0 } patterns)
            return [.. readable.Where(path => patterns.Any(pattern => Matches(pattern, path)))];
        string[] folders = config is null ? ["data/", ""] : [$"{config}/", $"data/{config}/", "data/", ""];
        return folders.Select(folder => readable.Where(path => IsOf(path, folder, split)).ToArray()).FirstOrDefault(found => found.Length > 0) ?? [];
    }

    /// <summary>
    /// All splits and their files. Without front matter they fall into splits by words in their paths (<c>data/test.jsonl</c>); where no path
    /// has such a word, all are of <c>train</c>.
    /// </summary>
    /// <param name="files">All paths of the repository.</param>
    /// <param name="readme">The README's text, or null.</param>
    /// <param name="config">The configuration, or null for the default one.</param>
    /// <exception cref="DllmException">The front matter is no YAML, or there is no such configuration, or several and none is the default.</exception>
    public static IReadOnlyList<(string Split, IReadOnlyList<string> Files)> All(IEnumerable<string> files, string? readme, string? config)
    {
        string[] readable = Readable(files);
        var configs = Configs(readme);
        var chosen = Choose(configs, config) ?? (config is null && configs.Length == 1 ? configs[0] : null);
        if (chosen is null && (config is null ? configs.Length > 1 : !readable.Any(path => IsBelow(path, config))))
        {
            string[] names = [.. Configurations(readable, readme)];
            throw new DllmException(
                config is null ? "the data set has several configurations" : $"the data set has no configuration '{config}'",
                names.Length > 0 ? $"choose one in brackets, as in owner/name[name:{names[0]}]; there are {string.Join(", ", names.Take(20))}" : "leave it out");
        }

        if (chosen is not null && Listed(chosen).ToArray() is { Length: > 0 } listed)
        {
            return [.. listed.GroupBy(entry => entry.Split).Select(split => (split.Key, (IReadOnlyList<string>)
                [.. readable.Where(path => split.Any(entry => Matches(entry.Pattern, path)))])).Where(split => split.Item2.Count > 0)];
        }

        string[] own = chosen?["data_dir"]?.ToString().Trim('/') is { } folder ? [.. readable.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal))]
            : config is not null && readable.Any(path => IsBelow(path, config)) ? [.. readable.Where(path => IsBelow(path, config))]
            : readable;
        var named = own.Where(path => LocalDatasets.FindSplit(path) is not null).ToArray();
        return [.. (named.Length > 0 ? named : own).GroupBy(path => LocalDatasets.FindSplit(path) ?? Train).Select(split => (split.Key, (IReadOnlyList<string>)[.. split]))];
    }

    /// <summary>The configurations: those of the front matter, else folders with files.</summary>
    public static IReadOnlyList<string> Configurations(IEnumerable<string> files, string? readme)
    {
        if (Configs(readme) is { Length: > 0 } configs) return [.. configs.Select(entry => entry["config_name"]?.ToString() ?? "default")];
        return [.. Readable(files).Where(path => path.Contains('/')).Select(path => path.Split('/')[0]).Where(folder => folder != "data" && LocalDatasets.FindSplit(folder) is null).Distinct()];
    }

    /// <summary>Whether any file can be read as rows.</summary>
    public static bool HasRows(IEnumerable<string> files) => Readable(files).Length > 0;

    private static string[] Readable(IEnumerable<string> files) => [.. files
        .Where(path => RowReaders.All.Any(reader => reader.Extensions.Contains(DataFile.Extension(path))))
        .Where(path => !_metadata.Contains(path.Split('/')[^1]) && !path.Split('/').Any(part => part[0] == '.'))
        .Order(StringComparer.Ordinal)];

    // test.jsonl, test-00000-of-00001.parquet, test_0.csv: in the folder itself.
    private static bool IsOf(string path, string folder, string split)
    {
        if (!path.StartsWith(folder, StringComparison.Ordinal) || path.AsSpan(folder.Length).Contains('/')) return false;
        string name = path[folder.Length..];
        return name.StartsWith(split, StringComparison.Ordinal) && name.Length > split.Length && name[split.Length] is '.' or '-' or '_';
    }

    private static bool IsBelow(string path, string config) =>
        path.StartsWith($"{config}/", StringComparison.Ordinal) || path.StartsWith($"data/{config}/", StringComparison.Ordinal);

    private static JsonObject[] Configs(string? readme)
    {
        if (readme is null || FrontMatter().Match(readme) is not { Success: true } front) return [];
        return [.. (TaskYaml.Parse(Readme, front.Groups[1].Value).Values["configs"] as JsonArray ?? []).OfType<JsonObject>()];
    }

    private static JsonObject? Choose(JsonObject[] configs, string? config) =>
        Array.Find(configs, entry => entry["config_name"]?.ToString() == (config ?? "default"))
        ?? (config is null ? Array.Find(configs, entry => entry["default"]?.GetValueKind() == System.Text.Json.JsonValueKind.True) : null);

    private static IEnumerable<(string Split, string Pattern)> Listed(JsonObject config) => config["data_files"] switch
    {
        JsonArray entries => entries.SelectMany(entry => entry is JsonObject split
            ? Texts(split["path"]).Select(path => (split["split"]?.ToString() ?? Train, path))
            : Texts(entry).Select(path => (Train, path))),
        JsonObject bySplit => bySplit.SelectMany(split => Texts(split.Value).Select(path => (split.Key, path))),
        var one => Texts(one).Select(path => (Train, path)),
    };

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonArray several => several.OfType<JsonValue>().Select(path => path.ToString()),
        JsonValue one => [one.ToString()],
        _ => [],
    };

    // * stands for any letters but /, ** for any.
    private static bool Matches(string pattern, string path)
    {
        if (pattern.Length > 1000) return false;
        string regex = Regex.Escape(pattern).Replace(@"\*\*/", "(.*/)?").Replace(@"\*\*", ".*").Replace(@"\*", "[^/]*").Replace(@"\?", "[^/]");
        return Regex.IsMatch(path, $"^{regex}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    [GeneratedRegex(@"\A---\s*\n(.*?)\n---\s*(\n|\z)", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FrontMatter();
}
