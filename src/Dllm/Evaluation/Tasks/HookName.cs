using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// What a <c>!function module.name</c> tag says. In dLLM's own files it is the name of a function of <see cref="Functions.EvalFunctions"/>;
/// in the harness's it is a function of a Python file beside, which the folder tells apart: <c>utils.process_docs</c> in the folder
/// <c>hellaswag</c> is <c>hellaswag.process_docs</c> here. What many folders have alike bears its own name only.
/// </summary>
/// <param name="Written">The name as written.</param>
/// <param name="Folder">The folder of the file that it is written in.</param>
internal sealed record HookName(string Written, string Folder)
{
    /// <summary>The keys under which <see cref="TaskYaml"/> keeps a tag.</summary>
    public const string FunctionKey = "!function", FolderKey = "!folder";

    /// <summary>The hook that a value of a file is, or null when it is none.</summary>
    public static HookName? Of(JsonNode? value) => value is JsonObject map && map[FunctionKey] is JsonValue name
        ? new HookName(name.GetValue<string>(), map[FolderKey]!.GetValue<string>())
        : null;

    /// <summary>The names that the function may have here, the most special first.</summary>
    public IReadOnlyList<string> Candidates
    {
        get
        {
            var folders = Folder.Split('/', '\\', '.').Where(part => part.Length > 0).ToArray();
            var function = Written[(Written.LastIndexOf('.') + 1)..];
            return folders.Length == 0
                ? [Written]
                : [Written, $"{string.Join('.', folders.TakeLast(2))}.{function}", $"{folders[^1]}.{function}", function];
        }
    }

    /// <summary>A function of a table by one of the names.</summary>
    public T? Find<T>(Func<string, T?> table)
        where T : class => Candidates.Select(table).FirstOrDefault(function => function is not null);

    /// <summary>The name for whoever looks the function up later: the one that <paramref name="exists"/>, otherwise the folder's.</summary>
    public string Resolve(Func<string, bool> exists) =>
        Candidates.FirstOrDefault(exists) ?? (Written.StartsWith("utils.", StringComparison.Ordinal) && Candidates.Count > 1 ? Candidates[^2] : Written);

    /// <summary>What is wrong with a function that dLLM does not have.</summary>
    public string Unknown(string task, string key) => $"the task {task} needs the function '{Written}' for {key}, which dLLM does not have";

    /// <summary>What to do about it. A function of a Python file beside the task's is that file's and no misspelt one of dLLM.</summary>
    public string Nearest(IEnumerable<string> names) => !IsPython && NearestName.Of(Candidates.Count > 1 ? Candidates[^2] : Written, names) is { } near
        ? $"is '{near}' meant?"
        : "Python code of tasks is not run: choose another task";

    private bool IsPython =>
        Folder.Length > 0 && File.Exists(Path.Combine(Folder, Written[..Math.Max(Written.LastIndexOf('.'), 0)].Replace('.', '/') + ".py"));
}
