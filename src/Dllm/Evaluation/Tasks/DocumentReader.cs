using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>What <c>doc_to_text</c>, <c>doc_to_target</c> and <c>doc_to_choice</c> give for a document, by the harness's rules.</summary>
/// <param name="Columns">The columns of the task's documents: a field that is the name of one gives that column's value.</param>
/// <param name="HasChoices">Whether the task has choices; then a text of digits is the number of one.</param>
internal sealed record DocumentReader(IReadOnlySet<string> Columns, bool HasChoices)
{
    /// <summary>The prompt, or the number of a choice where the choices are the inputs.</summary>
    public JsonNode? Text(Field field, JsonObject document) => Number(Evaluate(field, document, readsLists: false));

    /// <summary>The answer: text, the number of a choice, or a list of these.</summary>
    public JsonNode? Target(Field field, JsonObject document) => Number(Evaluate(field, document, readsLists: true));

    /// <summary>The choices.</summary>
    /// <exception cref="DllmException">They are no list, or an empty one.</exception>
    public IReadOnlyList<string> Choices(Field field, JsonObject document)
    {
        var value = field.Hook is not null ? field.Hook(document) : field.Text is null ? field.Constant : ReadChoices(field, document);
        if (value is JsonObject map) value = new JsonArray([.. map.Select(pair => pair.Value?.DeepClone())]);
        if (value is JsonArray { Count: 0 }) throw new DllmException($"{field.Key} gives an empty list: there is nothing to choose from");
        return value is JsonArray items
            ? [.. items.Select(item => item is JsonValue text && text.GetValueKind() == JsonValueKind.String ? text.GetValue<string>() : Str(item))]
            : throw new DllmException($"{field.Key} gives no list of choices: {value?.ToJsonString() ?? "null"}");
    }

    /// <summary>An example's choices where the number of one has to be written out; empty otherwise: examples need not have them.</summary>
    public IReadOnlyList<string> ChoicesFor(FewshotDefinition fewshot, JsonObject example, JsonNode? number) =>
        fewshot.Choices is { } field && IsNumber(number) ? Choices(field, example) : [];

    /// <summary>Whether a value is a number: that of a choice.</summary>
    public static bool IsNumber(JsonNode? value) => value is JsonValue number && number.GetValueKind() == JsonValueKind.Number;

    /// <summary>A field that may also be no template: a prefix or a description. Null when it is empty.</summary>
    public string? Resolve(Field? field, JsonObject document) =>
        field?.Text is { Length: > 0 } ? Str(field.Read(document, document.Select(pair => pair.Key).ToHashSet(), out _)) : null;

    /// <summary>A value as Python prints it.</summary>
    public static string Str(JsonNode? value) => Tokenization.Templates.PythonText.Str(Tokenization.Templates.ValueConversion.ToTemplate(value));

    // In Python yes and no are the numbers 1 and 0, which name choices too.
    private JsonNode? Number(JsonNode? value) => HasChoices && value?.GetValueKind() is (JsonValueKind.True or JsonValueKind.False)
        ? JsonValue.Create(value!.GetValueKind() == JsonValueKind.True ? 1 : 0)
        : value;

    private JsonNode? ReadChoices(Field field, JsonObject document)
    {
        var value = field.Read(document, Columns, out var isColumn);
        if (isColumn) return value;
        var text = value!.GetValue<string>();
        return PythonLiteral.TryRead(text, out var list)
            ? list
            : throw new DllmException($"{field.Key} gives no list of choices: {text}", "a template has to write a list such as ['a', 'b']");
    }

    private JsonNode? Evaluate(Field field, JsonObject document, bool readsLists)
    {
        if (field.Hook is not null) return field.Hook(document);
        if (field.Text is null) return field.Constant;
        var value = field.Read(document, Columns, out var isColumn);
        if (isColumn) return value;
        var text = value!.GetValue<string>();
        if (HasChoices && text.Length > 0 && text.All(char.IsAsciiDigit)) return PythonLiteral.TryRead(text, out var number) ? number : value;
        return readsLists && text.Length >= 2 && text[0] == '[' && text[^1] == ']' && PythonLiteral.TryRead(text, out var list) ? list : value;
    }
}
