using Dllm.Fuzz.Targets;

namespace Dllm.Fuzz;

/// <summary>Every reader of what others write. A new one is one row.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
        [.. TokenizerTargets.All, .. TemplateTargets.All, .. CheckpointTargets.All, .. DataTargets.All, .. YamlTargets.All, .. EvaluationTargets.All];

    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
