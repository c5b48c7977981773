namespace Dllm.Evaluation.Tasks;

/// <summary>What a name that can be selected stands for, in short.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind"><c>task</c>, <c>group</c> or <c>tag</c>.</param>
/// <param name="Tasks">The tasks, itself where it is one.</param>
/// <param name="Groups">The groups and tags, itself first where it is one.</param>
/// <param name="Description">What its file says of it in its first comment; of a group without one, what its first task's does. Null where neither does.</param>
public sealed record TaskSummary(
    string Name, string Kind, IReadOnlyList<TaskDefinition> Tasks, IReadOnlyList<TaskGroup> Groups, string? Description)
{
    /// <summary>The splits that its tasks evaluate, in order.</summary>
    public IReadOnlyList<string> Splits => [.. Tasks.Select(task => task.TestSplit ?? task.ValidationSplit).OfType<string>().Distinct()];
}
