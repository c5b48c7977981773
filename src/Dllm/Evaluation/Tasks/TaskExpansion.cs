using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>Follows names to their tasks: groups may hold groups, tags, and tasks with other settings.</summary>
internal sealed class TaskExpansion(TaskIndex index)
{
    private readonly List<TaskDefinition> _tasks = [];
    private readonly List<TaskGroup> _groups = [];
    private readonly HashSet<string> _open = [];

    public IReadOnlyList<TaskDefinition> Tasks => _tasks;

    public IReadOnlyList<TaskGroup> Groups => _groups;

    /// <summary>Adds what a name stands for.</summary>
    public void Add(string name) => Add(name, []);

    private void Add(string name, JsonObject settings)
    {
        if (index.File(name) is { } path)
        {
            var file = TaskIndex.Read(path);
            if (TaskIndex.IsGroup(file)) AddGroup(file, settings);
            else AddTask(file, settings);
            return;
        }

        var members = index.Tag(name) ?? throw index.Unknown(name);
        if (!Enter(name)) return;
        _groups.Add(new TaskGroup(name, null, members, [], null));
        foreach (var member in members) Add(member, settings);
        _open.Remove(name);
    }

    private void AddTask(TaskYaml file, JsonObject settings)
    {
        var values = file.Values.DeepClone().AsObject();
        foreach (var (key, value) in settings) values[key] = value?.DeepClone();
        var name = values["task"]?.ToString();
        if (_tasks.All(task => task.Name != name)) _tasks.Add(TaskDefinitionReader.Read(file with { Values = values }));
    }

    private void AddGroup(TaskYaml file, JsonObject settings)
    {
        TaskKeys.Check(file, TaskKeys.Group);
        var name = file.Values["group"]?.ToString() ?? throw new DllmException($"{file.Path} has a list of tasks and no 'group'", "name the group");
        if (!Enter(name) || _groups.Any(group => group.Name == name)) return;
        var members = file.Values["task"]!.AsArray();
        _groups.Add(new TaskGroup(
            name,
            file.Values["group_alias"]?.ToString(),
            [.. members.Select(member => NameOf(file, member))],
            Aggregates(file),
            (file.Values["metadata"] as JsonObject)?["version"]?.ToString()));
        foreach (var member in members) AddMember(file, member, settings);
        _open.Remove(name);
    }

    private void AddMember(TaskYaml file, JsonNode? member, JsonObject settings)
    {
        if (member is not JsonObject map)
        {
            Add(NameOf(file, member), settings);
            return;
        }

        if (map["task"] is JsonArray)
        {
            AddGroup(file with { Values = map.DeepClone().AsObject() }, settings);
            return;
        }

        var joined = settings.DeepClone().AsObject();
        foreach (var (key, value) in map.Where(pair => pair.Key is not ("task" or "group"))) joined[key] = value?.DeepClone();
        Add(NameOf(file, member), joined);
    }

    /// <summary>Notes that a group is being followed.</summary>
    /// <exception cref="DllmException">It holds itself.</exception>
    private bool Enter(string name) =>
        _open.Add(name) ? true : throw new DllmException($"the group '{name}' holds itself", "remove it from its members");

    private static string NameOf(TaskYaml file, JsonNode? member) => member switch
    {
        JsonValue value => value.ToString(),
        JsonObject map when (map["task"] is JsonArray ? map["group"] : map["task"] ?? map["group"]) is JsonValue name => name.ToString(),
        _ => throw file.Fault("task", "an entry of the list is neither a name nor a task with settings"),
    };

    private static IReadOnlyList<AggregateMetric> Aggregates(TaskYaml file)
    {
        if (file.Values["aggregate_metric_list"] is not { } value) return [];
        IEnumerable<JsonNode?> entries = value is JsonArray list ? list : [value];
        return [.. entries.Select(entry => Aggregate(file, entry as JsonObject ?? throw file.Fault("aggregate_metric_list", "an entry is no mapping")))];
    }

    private static AggregateMetric Aggregate(TaskYaml file, JsonObject entry) => new(
        entry["metric"]?.ToString() ?? throw file.Fault("aggregate_metric_list", "an entry has no 'metric'"),
        entry["weight_by_size"] is not JsonValue weight || weight.GetValueKind() != JsonValueKind.False,
        entry["filter_list"] switch
        {
            JsonArray filters => [.. filters.Select(filter => filter!.ToString())],
            JsonValue one => [one.ToString()],
            _ => [],
        });
}
