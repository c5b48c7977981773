namespace Dllm.Evaluation.Tasks;

/// <summary>A group of tasks that is reported together.</summary>
/// <param name="Name">The group's name (<c>group</c>) or a tag's.</param>
/// <param name="Alias">The name that a table shows, or null.</param>
/// <param name="Members">Its tasks and groups, by name, in order.</param>
/// <param name="Aggregates">Its <c>aggregate_metric_list</c>; empty for a tag, which is a name for several tasks and nothing else.</param>
/// <param name="Version">Its <c>metadata.version</c>, or null.</param>
public sealed record TaskGroup(string Name, string? Alias, IReadOnlyList<string> Members, IReadOnlyList<AggregateMetric> Aggregates, string? Version);

/// <summary>One metric of a group.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="WeighsBySize">Whether a task counts by its number of documents (the default) rather than once.</param>
/// <param name="Filters">The filters whose values are averaged; all when empty.</param>
public sealed record AggregateMetric(string Metric, bool WeighsBySize, IReadOnlyList<string> Filters);

/// <summary>What a selection of names stands for.</summary>
/// <param name="Tasks">The tasks, each once, in the order of the selection.</param>
/// <param name="Groups">The groups selected, outer ones before inner ones.</param>
public sealed record TaskSelection(IReadOnlyList<TaskDefinition> Tasks, IReadOnlyList<TaskGroup> Groups);

/// <summary>All tasks there are: those that ship with dLLM, and those of the folders given, which win.</summary>
public sealed class TaskLibrary
{
    private readonly TaskIndex _index;

    private TaskLibrary(TaskIndex index) => _index = index;

    /// <summary>Opens the library. Files are looked through for their names; they are read when selected.</summary>
    /// <param name="includePaths">Folders of YAML files (and what is below them), the strongest last.</param>
    /// <exception cref="DllmException">A folder does not exist.</exception>
    public static TaskLibrary Open(IReadOnlyList<string> includePaths)
    {
        ArgumentNullException.ThrowIfNull(includePaths);
        return new TaskLibrary(TaskIndex.Build(includePaths));
    }

    /// <summary>All names that can be selected: tasks, groups and tags, in order.</summary>
    public IReadOnlyList<string> Names => [.. _index.Names.Order(StringComparer.Ordinal)];

    /// <summary>What is wrong with files of the folders that could not be read, a sentence each. They matter only to who selects them.</summary>
    public IReadOnlyList<string> Faults => _index.Faults;

    /// <summary>
    /// The names that some names with commas between stand for; <c>*</c> stands for any letters, and the path of a YAML file for the task or
    /// group in it.
    /// </summary>
    /// <exception cref="DllmException">There is no task, group or tag of a name.</exception>
    public IReadOnlyList<string> Matching(string names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(Named).Distinct()];
    }

    private IEnumerable<string> Named(string name) =>
        name.EndsWith(".yaml", StringComparison.Ordinal) && File.Exists(name) ? [_index.Open(name)] : _index.Matching(name);

    /// <summary>
    /// The names that stand for themselves in a list of all: those that belong to a group or tag of the same first word (<c>mmlu_law</c> to
    /// <c>mmlu</c>) are left to it.
    /// </summary>
    public IReadOnlyList<string> Heads
    {
        get
        {
            var below = new HashSet<string>();
            foreach (string parent in Names.Where(IsSeveral))
            {
                if (Try(() => Select(parent)) is { } held)
                    below.UnionWith(held.Tasks.Select(task => task.Name).Concat(held.Groups.Select(group => group.Name)).Where(name => name != parent && FirstWord(name) == FirstWord(parent)));
            }

            return [.. Names.Where(name => !below.Contains(name))];
        }
    }

    private static string FirstWord(string name) => name.Split('_', '-')[0];

    private bool IsSeveral(string name) => _index.Tag(name) is not null
        || Try(() => _index.File(name)) is { } file && Try(() => TaskIndex.Read(file)) is { } read && TaskIndex.IsGroup(read);

    // What cannot be read is told when it is asked for.
    private static T? Try<T>(Func<T> read)
        where T : class?
    {
        try
        {
            return read();
        }
        catch (DllmException)
        {
            return null;
        }
    }

    /// <summary>What a name stands for.</summary>
    /// <exception cref="DllmException">There is no such name, or a file cannot be read.</exception>
    public TaskSummary Describe(string name)
    {
        var selection = Select(name);
        string own = Matching(name)[0]; // a path of a file is the name of its task
        string kind = selection.Groups.All(group => group.Name != own) ? "task" : _index.Tag(own) is null ? "group" : "tag";
        return new TaskSummary(own, kind, selection.Tasks, selection.Groups, _index.Comment(own) ?? selection.Tasks.Select(task => _index.Comment(task.Name)).FirstOrDefault());
    }

    /// <summary>The tasks and groups of names with commas between; <c>*</c> stands for any letters.</summary>
    /// <exception cref="DllmException">There is no task, group or tag of a name, or a file cannot be read.</exception>
    public TaskSelection Select(string names)
    {
        var asked = Matching(names);
        if (asked.Count == 0) throw new DllmException("no task is named", "name tasks as in --tasks gsm8k,hellaswag");
        var expansion = new TaskExpansion(_index);
        foreach (var name in asked) expansion.Add(name);
        return new TaskSelection(expansion.Tasks, expansion.Groups);
    }
}
