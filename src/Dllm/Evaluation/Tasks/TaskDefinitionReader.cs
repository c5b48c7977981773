using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Evaluation.Functions;

namespace Dllm.Evaluation.Tasks;

/// <summary>Makes a <see cref="TaskDefinition"/> of a task's file whose includes are merged.</summary>
internal sealed class TaskDefinitionReader
{
    private readonly TaskYaml _file;
    private readonly string _name;

    private readonly bool _asRelease0491;

    private TaskDefinitionReader(TaskYaml file, bool asRelease0491)
    {
        _asRelease0491 = asRelease0491;
        _file = file;
        _name = Text("task") ?? throw new DllmException($"{file.Path} has no text at 'task'", "name the task");
    }

    /// <summary>Reads the definition.</summary>
    /// <exception cref="DllmException">A key is unknown, missing or has a value of another kind, or a hook does not exist.</exception>
    public static TaskDefinition Read(TaskYaml file, bool asRelease0491 = false)
    {
        TaskKeys.Check(file, TaskKeys.Task);
        return new TaskDefinitionReader(file, asRelease0491).Definition();
    }

    private TaskDefinition Definition()
    {
        if (Text("use_prompt") is { } prompt)
            throw _file.Fault("use_prompt", $"the task {_name} takes its prompt '{prompt}' from promptsource, which is not supported");
        var delimiter = Text("fewshot_delimiter") ?? "\n\n";
        var scoring = new TaskScoringReader(_file, _name).Read();
        var text = FieldOf("doc_to_text") ?? new Field("doc_to_text", JsonValue.Create(""), null);
        var target = FieldOf("doc_to_target") ?? new Field("doc_to_target", JsonValue.Create(""), null);
        var choices = FieldOf("doc_to_choice");
        if (scoring.Output == OutputType.MultipleChoice && choices is null)
            throw new DllmException($"the task {_name} ({_file.Path}) is multiple_choice without doc_to_choice", "name its choices");
        var process = Documents(_file.Values["process_docs"], "process_docs");
        return new TaskDefinition(new TaskFields(process, text, target, choices, Fewshot(text, target, choices, process, delimiter)) { Infill = Infill() })
        {
            Scoring = scoring,
            Alias = Text("task_alias"),
            DatasetPath = Text("dataset_path") ?? throw new DllmException($"the task {_name} ({_file.Path}) has no dataset_path"),
            DatasetName = Text("dataset_name"),
            DatasetOptions = Map("dataset_kwargs") ?? [],
            TrainingSplit = Text("training_split"),
            ValidationSplit = Text("validation_split"),
            TestSplit = Text("test_split"),
            Description = Text("description"),
            DescriptionSplit = Text(TaskKeys.DescriptionSplit),
            TargetDelimiter = Text("target_delimiter") ?? " ",
            FewshotDelimiter = delimiter,
            GenerationPrefix = Text("gen_prefix"),
            NumFewshot = Integer("num_fewshot"),
            Generation = scoring.Output == OutputType.GenerateUntil ? Generation(Map("generation_kwargs"), delimiter) : null,
            RunsCode = _file.Values["unsafe_code"] is JsonValue flag && flag.GetValueKind() == JsonValueKind.True,
            Raw = _file.Values,
        };
    }

    private (Field Suffix, Field Original)? Infill()
    {
        if (Map(TaskKeys.InfillKey) is not { } map) return null;
        if (map["suffix"] is not JsonValue suffix || map["original"] is not JsonValue original)
            throw _file.Fault(TaskKeys.InfillKey, $"'{TaskKeys.InfillKey}' needs 'suffix' and 'original'", "write templates for both");
        return (MakeField(suffix, $"{TaskKeys.InfillKey}.suffix"), MakeField(original, $"{TaskKeys.InfillKey}.original"));
    }

    private FewshotDefinition Fewshot(Field text, Field target, Field? choices, DocumentsFunction? process, string delimiter)
    {
        var config = Map("fewshot_config") ?? [];
        var sampler = config["sampler"]?.ToString() ?? "default";
        if (sampler is not ("default" or "first_n"))
            throw _file.Fault("fewshot_config", $"the sampler '{sampler}' is not known", "choose default or first_n");
        return new FewshotDefinition
        {
            TakesFirst = sampler == "first_n",
            Split = config.ContainsKey("split") ? config["split"]?.ToString() : Text("fewshot_split"),
            Indices = config["fewshot_indices"] is JsonArray indices ? [.. indices.Select(index => index.Deserialize<int>())] : null,
            Samples = FewshotSamples.Read(config["samples"], _name),
            ProcessDocuments = config.ContainsKey("process_docs") ? Documents(config["process_docs"], "fewshot_config.process_docs") : process,
            Text = Own("doc_to_text") ?? text,
            Target = Own("doc_to_target") ?? target,
            Choices = Own("doc_to_choice") ?? choices,
            GenerationPrefix = config.ContainsKey("gen_prefix") ? config["gen_prefix"]?.ToString() : Text("gen_prefix"),
            TargetDelimiter = config["target_delimiter"]?.ToString() ?? Text("target_delimiter") ?? " ",
            Delimiter = config["fewshot_delimiter"]?.ToString() ?? delimiter,
        };

        Field? Own(string key) => config[key] is { } value ? MakeField(value, $"fewshot_config.{key}") : null;
    }

    private static GenerationSettings Generation(JsonObject? raw, string delimiter)
    {
        raw = raw?.DeepClone().AsObject() ?? new JsonObject { ["temperature"] = 0.0, ["do_sample"] = false, ["max_gen_toks"] = 256 };
        if (raw["until"] is JsonValue one) raw["until"] = new JsonArray(one.DeepClone());
        if (raw["until"] is null) raw["until"] = new JsonArray(JsonValue.Create(delimiter));
        if (raw["temperature"] is JsonValue heat) raw["temperature"] = heat.Deserialize<double>();
        return new GenerationSettings
        {
            Until = [.. raw["until"]!.AsArray().Select(text => text!.ToString())],
            MaxNewTokens = (raw["max_gen_toks"] ?? raw["max_new_tokens"])?.Deserialize<int>(),
            DoSample = raw["do_sample"] is JsonValue flag && flag.GetValueKind() == JsonValueKind.True,
            Temperature = raw["temperature"]?.Deserialize<double>(),
            Raw = raw,
        };
    }

    private Field? FieldOf(string key) => _file.Values[key] is { } value ? MakeField(value, key) : null;

    private Field MakeField(JsonNode value, string key)
    {
        if (HookName.Of(value) is not { } hook) return new Field(key, value, null);
        var function = hook.Find(name => (_asRelease0491 ? EvalFunctions.Field(name + EvalFunctions.Release0491) : null) ?? EvalFunctions.Field(name))
            ?? throw hook.Unknown(_name, key, EvalFunctions.DocumentNames);
        return new Field(key, null, document => function(document));
    }

    private DocumentsFunction? Documents(JsonNode? value, string key)
    {
        if (value is null) return null;
        var hook = HookName.Of(value) ?? throw _file.Fault(key, $"{key} of {_name} is no function", "write '!function name'");
        return hook.Find(EvalFunctions.Documents) ?? throw hook.Unknown(_name, key, EvalFunctions.DocumentNames);
    }

    private string? Text(string key) => _file.Values[key] switch
    {
        null => null,
        JsonValue value => value.ToString(),
        _ => throw _file.Fault(key, $"'{key}' is not text"),
    };

    private JsonObject? Map(string key) => _file.Values[key] switch
    {
        null => null,
        JsonObject map when HookName.Of(map) is null => map,
        _ => throw _file.Fault(key, $"'{key}' is no mapping"),
    };

    private int? Integer(string key) => _file.Values[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.Deserialize<double>() is >= 0 and <= int.MaxValue and var number
            && number == Math.Floor(number) => (int)number,
        var other => throw _file.Fault(key, $"'{key}' is {other.ToJsonString()}, not a whole number from 0"),
    };
}
