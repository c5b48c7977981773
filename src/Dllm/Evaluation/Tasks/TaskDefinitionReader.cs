using System.Globalization;
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
            throw _file.Fault("output_type", $"the task {_name} is multiple_choice without doc_to_choice", "name its choices");
        var process = Documents(_file.Values["process_docs"], "process_docs");
        return new TaskDefinition(_file, new TaskFields(process, text, target, choices, Fewshot(text, target, choices, process, delimiter)) { Infill = Infill() })
        {
            Scoring = scoring,
            Alias = Text("task_alias"),
            DatasetPath = Text("dataset_path") ?? throw _file.Fault("task", $"the task {_name} has no dataset_path", "name its data set"),
            DatasetName = Text("dataset_name"),
            DatasetOptions = Map("dataset_kwargs") ?? [],
            TrainingSplit = Text("training_split"),
            ValidationSplit = Text("validation_split"),
            TestSplit = Text("test_split"),
            Description = Template("description"),
            DescriptionSplit = Text(TaskKeys.DescriptionSplit),
            PromptsSplit = Text(TaskKeys.PromptsSplit),
            TargetDelimiter = Text("target_delimiter") ?? " ",
            FewshotDelimiter = delimiter,
            GenerationPrefix = Template("gen_prefix"),
            NumFewshot = Integer("num_fewshot"),
            Generation = scoring.Output == OutputType.GenerateUntil ? Generation(Map("generation_kwargs"), delimiter) : null,
            RunsCode = _file.Values["unsafe_code"] is JsonValue flag && flag.GetValueKind() == JsonValueKind.True,
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
        const string Key = "fewshot_config";
        var sampler = config["sampler"] is { } named ? HookName.Of(named)?.Written ?? _file.TextOf(Key, named, "the sampler") : "default";
        if (sampler is not ("default" or "first_n"))
            throw _file.Fault(Key, $"the sampler '{sampler}' is not known", "choose default or first_n");
        return new FewshotDefinition
        {
            TakesFirst = sampler == "first_n",
            Split = config.ContainsKey("split") ? TextIn("split") : Text("fewshot_split"),
            Indices = config["fewshot_indices"] is { } indices ? Indices(indices) : null,
            Samples = FewshotSamples.Read(config["samples"], _file, _name),
            ProcessDocuments = config.ContainsKey("process_docs") ? Documents(config["process_docs"], "fewshot_config.process_docs") : process,
            Text = Own("doc_to_text") ?? text,
            Target = Own("doc_to_target") ?? target,
            Choices = Own("doc_to_choice") ?? choices,
            GenerationPrefix = config.ContainsKey("gen_prefix") ? TextIn("gen_prefix") : Text("gen_prefix"),
            TargetDelimiter = TextIn("target_delimiter") ?? Text("target_delimiter") ?? " ",
            Delimiter = TextIn("fewshot_delimiter") ?? delimiter,
        };

        string? TextIn(string key) => config[key] is { } value ? _file.TextOf(Key, value, $"'{key}'") : null;

        IReadOnlyList<int> Indices(JsonNode value) => value is JsonArray list && list.All(item => int.TryParse(item?.ToString(), out int index) && index >= 0)
            ? [.. list.Select(item => item!.Deserialize<int>())]
            : throw _file.Fault(Key, $"'fewshot_indices' is {value.ToJsonString()}, not a list of whole numbers from 0");

        Field? Own(string key) => config[key] is { } value ? MakeField(value, $"fewshot_config.{key}") : null;
    }

    private GenerationSettings Generation(JsonObject? raw, string delimiter)
    {
        const string Key = "generation_kwargs";
        raw = raw?.DeepClone().AsObject() ?? new JsonObject { ["temperature"] = 0.0, ["do_sample"] = false, ["max_gen_toks"] = 256 };
        if (raw["until"] is JsonValue one) raw["until"] = new JsonArray(one.DeepClone());
        if (raw["until"] is null) raw["until"] = new JsonArray(JsonValue.Create(delimiter));
        if (raw["until"] is not JsonArray until || until.Any(text => text is not JsonValue))
            throw _file.Fault(Key, $"'until' of {Key} is {raw["until"]!.ToJsonString()}", "write a text or a list of texts");
        if (raw["temperature"] is { } heat) raw["temperature"] = Number(heat, "temperature");
        return new GenerationSettings
        {
            Until = [.. until.Select(text => text!.ToString())],
            MaxNewTokens = (raw["max_gen_toks"] ?? raw["max_new_tokens"]) is { } most ? Tokens(most) : null,
            DoSample = raw["do_sample"] is JsonValue flag && flag.GetValueKind() == JsonValueKind.True,
            Temperature = raw["temperature"]?.Deserialize<double>(),
            Raw = raw,
        };

        double Number(JsonNode value, string key) => double.TryParse(value.ToString(), CultureInfo.InvariantCulture, out double number) && number >= 0
            ? number
            : throw _file.Fault(Key, $"'{key}' of {Key} is {value.ToJsonString()}, not a number from 0");

        int Tokens(JsonNode value) => Number(value, "max_gen_toks") is >= 1 and <= int.MaxValue and var number && number == Math.Floor(number)
            ? (int)number
            : throw _file.Fault(Key, $"'max_gen_toks' of {Key} is {value.ToJsonString()}, not a whole number from 1");
    }

    private Field? FieldOf(string key) => _file.Values[key] is { } value ? MakeField(value, key) : null;

    private Field MakeField(JsonNode value, string key)
    {
        if (HookName.Of(value) is not { } hook)
        {
            var field = new Field(key, value, null);
            _file.At(key, field.CheckTemplate);
            return field;
        }

        var function = hook.Find(name => (_asRelease0491 ? EvalFunctions.Field(name + EvalFunctions.Release0491) : null) ?? EvalFunctions.Field(name))
            ?? throw _file.Fault(key, hook.Unknown(_name, key), hook.Nearest(EvalFunctions.DocumentNames));
        return new Field(key, null, document => function(document));
    }

    private DocumentsFunction? Documents(JsonNode? value, string key)
    {
        if (value is null) return null;
        var hook = HookName.Of(value) ?? throw _file.Fault(key, $"{key} of {_name} is no function", "write '!function name'");
        return hook.Find(EvalFunctions.Documents) ?? throw _file.Fault(key, hook.Unknown(_name, key), hook.Nearest(EvalFunctions.DocumentNames));
    }

    private string? Text(string key) => _file.Values[key] switch
    {
        null => null,
        JsonValue value => value.ToString(),
        _ => throw _file.Fault(key, $"'{key}' is not text"),
    };

    private string? Template(string key)
    {
        string? text = Text(key);
        if (text is not null) _file.At(key, new Field(key, JsonValue.Create(text), null).CheckTemplate);
        return text;
    }

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
