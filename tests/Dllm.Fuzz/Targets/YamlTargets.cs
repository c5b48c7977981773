using Dllm.Cli.Recipes;
using Dllm.Evaluation.Tasks;

namespace Dllm.Fuzz.Targets;

/// <summary>Recipes and task files.</summary>
internal static class YamlTargets
{
    private static readonly string[] Words =
    [
        "task", "group", "dataset_path", "dataset_name", "output_type", "generate_until", "multiple_choice", "loglikelihood", "doc_to_text", "doc_to_target",
        "doc_to_choice", "num_fewshot", "fewshot_config", "sampler", "first_n", "samples", "metric_list", "metric", "acc", "exact_match", "aggregation", "mean",
        "higher_is_better", "filter_list", "function", "regex", "regex_pattern", "take_first", "generation_kwargs", "until", "do_sample", "max_gen_toks",
        "repeats", "include", "tag", "metadata", "version", "process_docs", "!function utils.x", "test_split", "training_split", "target_delimiter", "<<: *a", "&a", "*a",
        "? ", "- ", "| ", "> ", "---", "...", "%YAML 1.2", "!!binary", "!!int", "~", "{a: b}", "[a, b]", "learning-rate: 1e-4", "'", "\"",
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTarget.OfFile("recipe", "recipe.yaml", Seeds.Recipes, path => Recipe.Read(path)) with { Words = Words },
        FuzzTarget.OfFile("task", "task.yaml", Seeds.Tasks, path =>
        {
            var text = File.ReadAllText(path);
            TaskHeads.Read(path, text);
            TaskDefinitionReader.Read(TaskYaml.Parse(path, text));
        }) with { Words = Words },
        FuzzTarget.OfFile("task_folder", "task.yaml", Seeds.Tasks, path =>
        {
            var library = TaskLibrary.Open([Path.GetDirectoryName(path)!]);
            library.Select("fuzzed");
        }) with { Words = Words },
    ];
}
