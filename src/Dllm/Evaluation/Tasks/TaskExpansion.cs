using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Tasks;

/// <summary>Follows names to their tasks: groups may hold groups, tags, tasks with other settings, and tasks written in them.</summary>
internal sealed class TaskExpansion(TaskIndex index)
{
    private static readonly string[] _membership = ["task", "group", "group_alias", "aggregate_metric_list", "aggregate_metric", "weight_by_size"];

    /// <summary>The most groups that lie within each other.</summary>
    private const int MostLevels = 32;

    private readonly Dictionary<string, TaskDefinition> _tasks = [];
    private readonly Dictionary<string, TaskGroup> _groups = [];
    private readonly List<string> _open = [];

    public IReadOnlyList<TaskDefinition> Tasks => [.. _tasks.Values];

    public IReadOnlyList<TaskGroup> Groups => [.. _groups.Values];

    /// <summary>Adds what a name stands for.</summary>
    public void Add(string name) => Add(name, []);

    private void Add(string name, JsonObject settings)
    {
        if (index.File(name) is { } path)
        {
            var file = TaskIndex.Read(path);
            if (TaskIndex.IsGroup(file)) AddGroup(file, GroupName(file), settings);
            else AddTask(file, settings);
            return;
        }

        var members = index.Tag(name) ?? throw index.Unknown(name);
        if (!Enter(new TaskGroup(name, null, members, [], null))) return;
        foreach (var member in members) Add(member, settings);
        Leave();
    }

    private void AddTask(TaskYaml file, JsonObject settings)
    {
        var values = file.Values.DeepClone().AsObject();
        foreach (var (key, value) in settings) values[key] = value?.DeepClone();
        file = file with { Values = values };
        if ((file.Values["task"] as JsonValue)?.ToString() is { } name && _tasks.TryGetValue(name, out var known))
        {
            if (!JsonNode.DeepEquals(known.Raw, values))
                throw file.Fault("task", $"the task '{name}' is selected twice with different settings", "run the two in separate evaluations");
            return;
        }

        var task = TaskDefinitionReader.Read(file);
        new TaskScorer(task.Scoring).Check(file);
        _tasks.Add(task.Name, task);
    }

    // A group's keys that are not of groups are settings of its members; those of whoever named the group win.
    private void AddGroup(TaskYaml file, string name, JsonObject settings)
    {
        TaskKeys.Check(file, TaskKeys.GroupOrTask);
        var members = file.Values["task"]!.AsArray();
        var group = new TaskGroup(
            name,
            file.Values["group_alias"] is { } alias ? file.TextOf("group_alias", alias, "'group_alias'") : null,
            [.. members.Select(member => NameOf(file, member, name))],
            Aggregates(file),
            (file.Values["metadata"] as JsonObject)?["version"]?.ToString());
        if (!Enter(group)) return;
        var own = Joined(new JsonObject(file.Values.Where(pair => !TaskKeys.Group.Contains(pair.Key)).Select(Copy)), settings);
        foreach (var member in members) AddMember(file, member, name, own);
        Leave();
    }

    private void AddMember(TaskYaml file, JsonNode? member, string group, JsonObject settings)
    {
        string name = NameOf(file, member, group);
        if (member is not JsonObject map)
        {
            if (!index.Has(name)) file.At("task", () => throw index.Unknown(name));
            Add(name, settings);
            return;
        }

        // What is written here may include files as a file does.
        if (map["task"] is JsonArray && !index.Has(WrittenName(map)!))
        {
            AddGroup(TaskIndex.Merge(Within(file, map.DeepClone().AsObject())), name, settings);
            return;
        }

        var joined = Joined(settings, new JsonObject(map.Where(pair => !_membership.Contains(pair.Key)).Select(Copy)));
        if (index.Has(name))
        {
            joined.Remove("include");
            Add(name, joined);
            return;
        }

        joined["task"] = name;
        AddTask(TaskIndex.Merge(Within(file, joined)), []);
    }

    // What is written in a group's list stands where the list does.
    private static TaskYaml Within(TaskYaml file, JsonObject values) =>
        file with { Values = values, Places = values.Where(_ => file.Places.ContainsKey("task")).ToDictionary(pair => pair.Key, _ => file.Places["task"]) };

    /// <summary>Notes that a group is being followed; false when it was before.</summary>
    /// <exception cref="DllmException">It holds itself.</exception>
    private bool Enter(TaskGroup group)
    {
        if (_open.Contains(group.Name))
        {
            throw new DllmException(
                $"the group '{group.Name}' holds itself: {string.Join(" > ", [.. _open.SkipWhile(name => name != group.Name), group.Name])}", "remove it from its members");
        }

        if (_open.Count == MostLevels) throw new DllmException($"the group '{group.Name}' lies within {MostLevels} others, and no more are followed", "name it by itself");
        if (!_groups.TryAdd(group.Name, group)) return false;
        _open.Add(group.Name);
        return true;
    }

    private void Leave() => _open.RemoveAt(_open.Count - 1);

    private static string GroupName(TaskYaml file) =>
        file.Values["group"] is JsonValue name ? name.ToString() : throw file.Fault("task", "there is a list of tasks and no 'group'", "name the group");

    /// <summary>A member's name; one that is written in its group, and is in no file, bears the group's too.</summary>
    private string NameOf(TaskYaml file, JsonNode? member, string group)
    {
        if (member is JsonValue value) return value.ToString();
        string name = (member is JsonObject map ? WrittenName(map) : null)
            ?? throw file.Fault("task", $"an entry of the group '{group}' is neither a name nor a task with settings", "give it 'task' or 'group'");
        return index.Has(name) ? name : $"{group}::{name}";
    }

    private static string? WrittenName(JsonObject map) =>
        (map["task"] is JsonArray ? map["group"] : map["task"] ?? map["group"]) is JsonValue name ? name.ToString() : null;

    private static JsonObject Joined(JsonObject under, JsonObject over)
    {
        var joined = under.DeepClone().AsObject();
        foreach (var (key, value) in over) joined[key] = value?.DeepClone();
        return joined;
    }

    private static KeyValuePair<string, JsonNode?> Copy(KeyValuePair<string, JsonNode?> pair) => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone());

    private static IReadOnlyList<AggregateMetric> Aggregates(TaskYaml file) => file.Values["aggregate_metric_list"] switch
    {
        null => [],
        JsonArray list => [.. list.Select(entry => Aggregate(file, entry))],
        var one => [Aggregate(file, one)],
    };

    private static AggregateMetric Aggregate(TaskYaml file, JsonNode? entry)
    {
        const string Key = "aggregate_metric_list";
        if (entry is not JsonObject map) throw file.Fault(Key, $"an entry of '{Key}' is no mapping");
        if (map["aggregation"] is { } aggregation && (HookName.Of(aggregation)?.Written ?? file.TextOf(Key, aggregation, "the aggregation")) is not "mean" and var other)
            throw file.Fault(Key, $"a group's metric is to be joined by '{other}'", "'mean' is the only way");

        return new AggregateMetric(
            file.TextOf(Key, map["metric"], "the metric of an entry"),
            map["weight_by_size"] is not JsonValue weight || weight.GetValueKind() != JsonValueKind.False,
            map["filter_list"] switch
            {
                JsonArray filters => [.. filters.Select(filter => file.TextOf(Key, filter, "a filter's name"))],
                JsonValue one => [one.ToString()],
                _ => [],
            });
    }
}
