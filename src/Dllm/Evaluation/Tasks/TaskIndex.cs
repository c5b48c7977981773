using System.Globalization;
using System.IO.Enumeration;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>Which file holds which task, group or tag.</summary>
internal sealed class TaskIndex
{
    private const string Root = "Evaluation/Library/";

    /// <summary>Stands between a file of several tasks and the number of the variant (<see cref="TaskVariants"/>).</summary>
    private const char Variant = '#';

    /// <summary>The most files that one file includes, those that they include counted.</summary>
    private const int MostIncludes = 256;

    private static readonly Assembly _assembly = typeof(TaskIndex).Assembly;
    private static readonly string[] _ignored = ["__pycache__", ".ipynb_checkpoints"];

    private readonly Dictionary<string, (string Path, string? Twin)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DllmException> _broken = new(StringComparer.Ordinal); // by the file's name, as its task's is unknown
    private readonly Dictionary<string, TaskHeads> _heads = []; // of files that others include

    private TaskIndex()
    {
    }

    /// <summary>The names of all tasks, groups and tags.</summary>
    public IEnumerable<string> Names => _files.Keys.Concat(_tags.Keys).Distinct();

    /// <summary>What is wrong with files that could not be looked through; whoever asks for one gets its error.</summary>
    public IReadOnlyList<string> Faults => [.. _broken.Values.Select(fault => fault.Message).Distinct()];

    /// <summary>Looks through what ships with dLLM and through folders, of which later ones win: their tasks, groups and whole tags.</summary>
    public static TaskIndex Build(IReadOnlyList<string> folders)
    {
        var index = new TaskIndex();
        foreach (var resource in _assembly.GetManifestResourceNames().Where(IsTaskFile).Order(StringComparer.Ordinal)) index.Add(resource);
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder)) throw new DllmException($"the folder of tasks {folder} does not exist", "name a folder with YAML files");
            var layer = new TaskIndex();
            foreach (var file in FolderFiles.All(folder).Where(path => path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase))) layer.Look(Path.GetFullPath(file));
            index.Cover(layer);
        }

        return index;
    }

    /// <summary>Enters a file of its own and gives the name of its task or group.</summary>
    /// <exception cref="DllmException">It names neither.</exception>
    public string Open(string path)
    {
        var layer = new TaskIndex();
        layer.Add(Path.GetFullPath(path));
        Cover(layer);
        return layer._files.Keys.FirstOrDefault() ?? throw new DllmException($"the file {path} has neither 'task' nor 'group'", "name the task");
    }

    /// <summary>The file of a task or group, or null.</summary>
    /// <exception cref="DllmException">Two files of one folder have the name, or its file could not be looked through.</exception>
    public string? File(string name)
    {
        if (_broken.TryGetValue(name, out var fault)) throw new DllmException(fault.Message, innerException: fault);
        if (!_files.TryGetValue(name, out var file)) return null;
        return file.Twin is null
            ? file.Path
            : throw new DllmException($"two files are named '{name}': {file.Path} and {file.Twin}", "give one of them another name");
    }

    /// <summary>Whether there is a task, group or tag of a name.</summary>
    public bool Has(string name) => _files.ContainsKey(name) || _tags.ContainsKey(name) || _broken.ContainsKey(name);

    /// <summary>What the comment at the head of a task's or group's file says of it, or of the file that it includes; null where there is none.</summary>
    public string? Comment(string name) => _files.TryGetValue(name, out var file) ? Comment(file.Path, 0) : null;

    private static string? Comment(string path, int depth)
    {
        int variant = path.LastIndexOf(Variant);
        if (variant >= 0 && !Exists(path)) path = path[..variant];
        if (depth > 8 || !Exists(path)) return null;
        string text = Text(path);
        string[] lines = [.. text.Split('\n').Select(line => line.Trim()).TakeWhile(line => line.StartsWith('#'))];
        if (lines.Length > 0) return FirstSentence(string.Join(' ', lines.Select(line => line.TrimStart('#').Trim())).Trim());
        return TaskHeads.Read(path, text).Includes is [.., string include] ? Comment(Path.IsPathRooted(include) ? include : Combine(path, include), depth + 1) : null;
    }

    // A full stop ends it, but not the one of "et al."
    private static string? FirstSentence(string text)
    {
        for (int at = text.IndexOf(". ", StringComparison.Ordinal); at >= 0; at = text.IndexOf(". ", at + 1, StringComparison.Ordinal))
            if (!text[..at].EndsWith("et al", StringComparison.Ordinal)) return text[..at];
        return text.TrimEnd('.') is { Length: > 0 } whole ? whole : null;
    }

    /// <summary>The tasks of a tag, in order, or null.</summary>
    public IReadOnlyList<string>? Tag(string name) => _tags.TryGetValue(name, out var tasks) ? [.. tasks] : null;

    /// <summary>The names that a pattern stands for.</summary>
    /// <exception cref="DllmException">There is none.</exception>
    public IEnumerable<string> Matching(string pattern)
    {
        if (!pattern.Contains('*')) return Has(pattern) ? [pattern] : throw Unknown(pattern);
        var found = Names.Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)).Order(StringComparer.Ordinal).ToArray();
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
        return at >= 0 && !Exists(path)
            ? TaskVariants.Expand(Merge(Parse(path[..at])))[int.Parse(path.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture)]
            : Merge(Parse(path));
    }

    /// <summary>A file, or a task written within one, with what it includes; its own keys win.</summary>
    /// <exception cref="DllmException">A file cannot be read, includes itself, or includes more than <see cref="MostIncludes"/>.</exception>
    public static TaskYaml Merge(TaskYaml file)
    {
        int left = MostIncludes;
        return Merge(file, [], ref left);
    }

    private static TaskYaml Parse(string path) => TaskYaml.Parse(path, Text(path));

    private static TaskYaml Merge(TaskYaml file, IReadOnlyList<string> outer, ref int left)
    {
        if (file.Values["include"] is not { } include) return file;
        IReadOnlyList<string> chain = [.. outer, file.Path];
        var values = new JsonObject();
        var places = new Dictionary<string, (string Path, int Line)>();
        foreach (var item in include is JsonArray list ? list.AsEnumerable() : [include])
        {
            var name = file.TextOf("include", item, "an included file");
            var other = Path.IsPathRooted(name) ? name : Combine(file.Path, name);
            if (!Exists(other)) throw file.Fault("include", $"the included file {other} does not exist");
            if (chain.Contains(other)) throw file.Fault("include", $"the file {other} is included by itself", "remove the circle of 'include'");
            if (--left < 0) throw file.Fault("include", $"more than {MostIncludes} files are included, each as often as it is named", "include fewer");
            var included = Merge(Parse(other), chain, ref left);
            TaskKeys.Check(included, IsGroup(included) ? TaskKeys.Group : TaskKeys.Task);
            foreach (var (key, value) in included.Values) values[key] = value?.DeepClone();
            foreach (var (key, place) in included.Places) places[key] = place;
        }

        foreach (var (key, value) in file.Values) values[key] = value?.DeepClone();
        foreach (var (key, place) in file.Places) places[key] = place;
        values.Remove("include");
        return file with { Values = values, Places = places };
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

    private static string Text(string path)
    {
        if (!IsResource(path)) return PlainFile.ReadText(path, YamlText.MostBytes);
        using var reader = new StreamReader(_assembly.GetManifestResourceStream(path)!);
        return reader.ReadToEnd();
    }

    /// <summary>Enters a file's names, or its mistake under the name of the file.</summary>
    private void Look(string path)
    {
        try
        {
            Add(path);
        }
        catch (DllmException e)
        {
            _broken[Path.GetFileNameWithoutExtension(path)] = e.Message.Contains(path, StringComparison.Ordinal)
                ? e : new DllmException($"{path}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Enters a file's names.</summary>
    private void Add(string path)
    {
        if (path.Split('/', '\\').Any(_ignored.Contains)) return;
        var heads = IsResource(path) ? null : Heads(path, 0);
        if (heads is null or { HasVariants: true })
        {
            foreach (var (place, task) in TaskVariants.Expand(Merge(Parse(path))).Index())
                Enter($"{path}{Variant}{place}", NameOf(task), TagsOf(task));
            return;
        }

        Enter(path, heads.Name, heads.Tags ?? []);
    }

    // Tags and names may stand in what a file includes.
    private TaskHeads Heads(string path, int depth)
    {
        var heads = TaskHeads.Read(path, Text(path));
        if (depth > 16) return heads; // a circle, which is a mistake once the task is read
        foreach (var include in heads.Includes.Reverse())
        {
            var other = Path.IsPathRooted(include) ? include : Combine(path, include);
            if (!Exists(other)) continue;
            if (!_heads.TryGetValue(other, out var included)) _heads[other] = included = Heads(other, depth + 1);
            heads = heads.Over(included);
        }

        return heads;
    }

    private void Cover(TaskIndex layer)
    {
        foreach (var name in layer.Names.Concat(layer._broken.Keys))
        {
            _files.Remove(name);
            _tags.Remove(name);
            _broken.Remove(name);
        }

        foreach (var (name, fault) in layer._broken) _broken[name] = fault;

        foreach (var (name, file) in layer._files) _files[name] = file;
        foreach (var (name, tasks) in layer._tags) _tags[name] = tasks;
    }

    private static string? NameOf(TaskYaml file) => (IsGroup(file) ? file.Values["group"] : file.Values["task"])?.ToString();

    private static IReadOnlyList<string> TagsOf(TaskYaml file) => file.Values["tag"] switch
    {
        JsonArray tags => [.. tags.OfType<JsonValue>().Select(tag => tag.ToString())],
        JsonValue tag => [tag.ToString()],
        _ => [],
    };

    private void Enter(string path, string? name, IReadOnlyList<string> tags)
    {
        if (name is null) return;
        _files[name] = _files.TryGetValue(name, out var first) ? (first.Path, path) : (path, null);
        foreach (var tag in tags)
        {
            if (!_tags.TryGetValue(tag, out var tasks)) _tags[tag] = tasks = new SortedSet<string>(StringComparer.Ordinal);
            tasks.Add(name);
        }
    }
}
