namespace Dllm.Evaluation.Tasks;

/// <summary>The names in a YAML file, which is understood no further: a folder of the harness has thousands of files.</summary>
/// <param name="Task">The task's name, or null.</param>
/// <param name="Group">The group's name, or null.</param>
/// <param name="Tags">The task's tags; null where the file says nothing.</param>
/// <param name="Includes">The files that it includes, as written.</param>
/// <param name="ListsTasks">Whether <c>task</c> is a list, as a group's; null where the file says nothing.</param>
internal sealed record TaskHeads(string? Task, string? Group, IReadOnlyList<string>? Tags, IReadOnlyList<string> Includes, bool? ListsTasks)
{
    /// <summary>Whether the file is a family of tasks (<see cref="TaskVariants"/>).</summary>
    public bool HasVariants { get; private init; }

    /// <summary>The group's name, otherwise the task's; null when the file is only for including.</summary>
    public string? Name => ListsTasks == true ? Group : Task ?? Group;

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="DllmException">It is no YAML.</exception>
    public static TaskHeads Read(string path, string text)
    {
        var heads = new TaskHeads(null, null, null, [], null);
        if (YamlText.Read(path, text) is not YamlMap map) return heads;
        foreach (var (key, value) in map.Pairs) heads = heads.With(key.Text, value);
        return heads;
    }

    /// <summary>These names over those of a file that is included.</summary>
    public TaskHeads Over(TaskHeads included) => this with
    {
        Task = ListsTasks is null ? included.Task : Task,
        ListsTasks = ListsTasks ?? included.ListsTasks,
        Group = Group ?? included.Group,
        Tags = Tags ?? included.Tags,
        HasVariants = HasVariants || included.HasVariants,
    };

    private TaskHeads With(string key, YamlNode value) => key switch
    {
        "task" => this with { Task = TextOf(value), ListsTasks = value is not YamlScalar },
        "group" => this with { Group = TextOf(value) },
        "tag" => this with { Tags = Texts(value) },
        "include" => this with { Includes = Texts(value) },
        TaskVariants.Key => this with { HasVariants = true },
        _ => this,
    };

    private static string? TextOf(YamlNode value) => (value as YamlScalar)?.Text;

    private static string[] Texts(YamlNode value) => value switch
    {
        YamlScalar { Text.Length: > 0 } one => [one.Text],
        YamlList list => [.. list.Items.OfType<YamlScalar>().Select(item => item.Text)],
        _ => [],
    };
}
