namespace Dllm.Evaluation.Tasks;

/// <summary>The keys that files of tasks and groups may have.</summary>
internal static class TaskKeys
{
    /// <summary>
    /// An extension of dLLM: the mapping <c>{suffix, original}</c> makes a task one of infilling. The answer fills the gap between
    /// <c>doc_to_text</c> and the template <c>suffix</c>; <c>original</c> is what stood there.
    /// </summary>
    public const string InfillKey = "dllm_infill";

    /// <summary>
    /// Names the split whose first row has the task's description in the column <c>instruction</c>, an extension of dLLM: the words of a
    /// benchmark are data and in none of our files.
    /// </summary>
    public const string DescriptionSplit = "dllm_description_split";

    /// <summary>
    /// Names the split whose rows every document gets as the column <c>prompts</c>, an extension of dLLM: questions and answers of a
    /// benchmark that stand in every prompt are data too.
    /// </summary>
    public const string PromptsSplit = "dllm_prompts_split";

    /// <summary>Keys of a task.</summary>
    public static IReadOnlySet<string> Task { get; } = new HashSet<string>(
    [
        "task", "task_alias", "tag", "include", "dataset_path", "dataset_name", "dataset_kwargs", "training_split", "validation_split",
        "test_split", "fewshot_split", "process_docs", "doc_to_text", "doc_to_target", "doc_to_choice", "process_results", "use_prompt",
        "description", "target_delimiter", "fewshot_delimiter", "fewshot_config", "num_fewshot", "metric_list", "output_type",
        "generation_kwargs", "repeats", "filter_list", "should_decontaminate", "doc_to_decontamination_query", "gen_prefix", "metadata",
        "unsafe_code", "group", "class", "custom_dataset", TaskVariants.Key, InfillKey, DescriptionSplit, PromptsSplit,
        "doc_to_image", "doc_to_audio",
    ]);

    /// <summary>Keys of a group.</summary>
    public static IReadOnlySet<string> Group { get; } = new HashSet<string>(
        ["group", "group_alias", "task", "tag", "include", "aggregate_metric_list", "aggregate_metric", "metadata", "version", "weight_by_size"]);

    /// <summary>Keys of a group's file: its own, and those of tasks, which then hold for its members.</summary>
    public static IReadOnlySet<string> GroupOrTask { get; } = Group.Union(Task).ToHashSet();

    /// <summary>Keys of <c>fewshot_config</c>.</summary>
    public static IReadOnlySet<string> Fewshot { get; } = new HashSet<string>(
    [
        "sampler", "split", "process_docs", "fewshot_indices", "samples", "doc_to_text", "doc_to_choice", "doc_to_target", "gen_prefix",
        "fewshot_delimiter", "target_delimiter",
    ]);

    /// <summary>Keys that need what dLLM does not have, and why.</summary>
    public static IReadOnlyDictionary<string, string> Refused { get; } = new Dictionary<string, string>
    {
        ["class"] = "tasks written as Python classes cannot be read",
        ["custom_dataset"] = "data sets made by Python code cannot be read",
        ["doc_to_image"] = "tasks on images are not supported",
        ["doc_to_audio"] = "tasks on sound are not supported",
    };

    /// <summary>Checks that every key of a file is one of <paramref name="known"/>.</summary>
    /// <exception cref="DllmException">One is not; the message names file, line and the nearest key.</exception>
    public static void Check(TaskYaml file, IReadOnlySet<string> known)
    {
        foreach (var (key, value) in file.Values)
        {
            if (!known.Contains(key))
            {
                throw file.Fault(
                    key, $"the key '{key}' is not known", NearestName.Of(key, known) is { } near ? $"is '{near}' meant?" : "remove it");
            }

            if (value is not null && Refused.TryGetValue(key, out var why)) throw file.Fault(key, $"{why} ('{key}')");
        }

        if (known.Contains("fewshot_config") && file.Values["fewshot_config"] is System.Text.Json.Nodes.JsonObject fewshot)
        {
            foreach (var (key, _) in fewshot.Where(pair => !Fewshot.Contains(pair.Key)))
            {
                throw file.Fault(
                    "fewshot_config",
                    $"the key '{key}' of fewshot_config is not known",
                    NearestName.Of(key, Fewshot) is { } near ? $"is '{near}' meant?" : "remove it");
            }
        }
    }
}
