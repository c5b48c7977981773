using System.Globalization;
using System.IO.Enumeration;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>Which file holds which task, group or tag.</summary>
internal sealed class TaskIndex
{
    private const string Root = "Evaluation/Library/";

    /// <summary>Stands between one of our own files and the number of its variant (<see cref="TaskVariants"/>).</summary>
    private const char Variant = '#';

    private static readonly Assembly _assembly = typeof(TaskIndex).Assembly;

    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _tags = new(StringComparer.Ordinal);

    private TaskIndex()
    {
    }

    /// <summary>The names of all tasks, groups and tags.</summary>
    public IEnumerable<string> Names => _files.Keys.Concat(_tags.Keys).Distinct();

    /// <summary>Looks through what ships with dLLM and through folders, of which later ones win.</summary>
    public static TaskIndex Build(IReadOnlyList<string> folders)
    {
        var index = new TaskIndex();
        foreach (var resource in _assembly.GetManifestResourceNames().Where(IsTaskFile).Order(StringComparer.Ordinal)) index.Add(resource);
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder)) throw new DllmException($"the folder of tasks {folder} does not exist", "name a folder with YAML files");
            var files = Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
            foreach (var file in files) index.Add(Path.GetFullPath(file));
        }

        return index;
    }

    /// <summary>The file of a task or group, or null.</summary>
    public string? File(string name) => _files.GetValueOrDefault(name);

    /// <summary>The tasks of a tag, or null.</summary>
    public IReadOnlyList<string>? Tag(string name) => _tags.GetValueOrDefault(name);

    /// <summary>The names that a pattern stands for.</summary>
    /// <exception cref="DllmException">There is none.</exception>
    public IEnumerable<string> Matching(string pattern)
    {
        if (!pattern.Contains('*')) return Names.Contains(pattern) ? [pattern] : throw Unknown(pattern);
        var found = _files.Keys.Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)).Order(StringComparer.Ordinal).ToArray();
        return found.Length > 0 ? found : throw Unknown(pattern);
    }

    /// <summary>The mistake of a name that nothing has, with the nearest names.</summary>
    public DllmException Unknown(string name)
    {
        var near = Names.OrderBy(other => NearestName.Distance(name, other) - (other.StartsWith(name, StringComparison.Ordinal) ? 100 : 0))
            .ThenBy(other => other, StringComparer.Ordinal).Take(3).ToArray();
        return new DllmException(
            $"there is no task, group or tag '{name}'",
            (near.Length > 0 ? $"the nearest names are {string.Join(", ", near)}; " : "") + "tasks of your own are read with --include-path DIR");
    }

    /// <summary>Reads a file and what it includes; its own keys win.</summary>
    /// <exception cref="DllmException">It cannot be read, or files include each other in a circle.</exception>
    public static TaskYaml Read(string path)
    {
        var at = path.LastIndexOf(Variant);
        return at >= 0 && IsResource(path)
            ? TaskVariants.Expand(Merge(path[..at], 0))[int.Parse(path.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture)]
            : Merge(path, 0);
    }

    private static TaskYaml Merge(string path, int depth)
    {
        if (depth > 16) throw new DllmException($"the task file {path} is included by itself", "remove the circle of 'include'");
        TaskYaml file;
        using (var reader = OpenText(path)) file = TaskYaml.Parse(path, reader);
        if (file.Values["include"] is not { } include) return file;
        var names = include is JsonArray list ? list.Select(item => item!.ToString()) : [include.ToString()];
        var values = new JsonObject();
        foreach (var name in names)
        {
            var other = Path.IsPathRooted(name) ? name : Combine(path, name);
            if (!Exists(other)) throw file.Fault("include", $"the included file {other} does not exist");
            var included = Merge(other, depth + 1);
            TaskKeys.Check(included, IsGroup(included) ? TaskKeys.Group : TaskKeys.Task);
            foreach (var (key, value) in included.Values) values[key] = value?.DeepClone();
        }

        foreach (var (key, value) in file.Values) values[key] = value?.DeepClone();
        values.Remove("include");
        return file with { Values = values };
    }

    /// <summary>Whether a file is a group's: its <c>task</c> is a list.</summary>
    public static bool IsGroup(TaskYaml file) => file.Values["task"] is JsonArray;

    private static bool IsTaskFile(string resource) =>
        resource.Contains(Root, StringComparison.Ordinal) && resource.EndsWith(".yaml", StringComparison.Ordinal);

    private static bool Exists(string path) => IsResource(path) ? _assembly.GetManifestResourceInfo(path) is not null : System.IO.File.Exists(path);

    private static bool IsResource(string path) => path.StartsWith(Root, StringComparison.Ordinal);

    private static string Combine(string path, string name)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!IsResource(path)) return Path.GetFullPath(Path.Combine(folder, name));
        var parts = new List<string>(folder.Replace('\\', '/').Split('/'));
        foreach (var part in name.Split('/'))
        {
            if (part == "..") parts.RemoveAt(parts.Count - 1);
            else if (part != ".") parts.Add(part);
        }

        return string.Join('/', parts);
    }

    private static TextReader OpenText(string path)
    {
        if (IsResource(path)) return new StreamReader(_assembly.GetManifestResourceStream(path)!);
        try
        {
            return new StreamReader(path);
        }
        catch (IOException e)
        {
            throw new DllmException($"the task file {path} cannot be read: {e.Message}", innerException: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DllmException($"the task file {path} cannot be read: {e.Message}", innerException: e);
        }
    }

    /// <summary>Enters a file's names. A file that is no YAML is reported when it is asked for, under the name of the file.</summary>
    private void Add(string path)
    {
        if (IsResource(path))
        {
            foreach (var (place, task) in TaskVariants.Expand(Merge(path, 0)).Index())
                Enter($"{path}{Variant}{place}", NameOf(task), TagsOf(task));
            return;
        }

        using var reader = OpenText(path);
        var heads = TaskHeads.Read(reader);
        var name = heads.Name ?? (heads.IsYaml ? null : Path.GetFileNameWithoutExtension(path));
        if (name is null) return;
        Enter(path, name, heads.Tags);
    }

    private static string? NameOf(TaskYaml file) => (IsGroup(file) ? file.Values["group"] : file.Values["task"])?.ToString();

    private static IReadOnlyList<string> TagsOf(TaskYaml file) => file.Values["tag"] switch
    {
        JsonArray tags => [.. tags.Select(tag => tag!.ToString())],
        JsonValue tag => [tag.ToString()],
        _ => [],
    };

    private void Enter(string path, string? name, IReadOnlyList<string> tags)
    {
        if (name is null) return;
        _files[name] = path;
        foreach (var tag in tags)
        {
            if (!_tags.TryGetValue(tag, out var tasks)) _tags[tag] = tasks = [];
            if (!tasks.Contains(name)) tasks.Add(name);
        }
    }
}
