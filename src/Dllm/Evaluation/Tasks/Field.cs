using System.Text.Json.Nodes;
using Dllm.Tokenization;

namespace Dllm.Evaluation.Tasks;

/// <summary>A rule that turns a document into a value: a constant, a template or a column's name, or a hook.</summary>
/// <param name="Key">The key that it stands at, for messages.</param>
/// <param name="Constant">The value as written: text (a column's name or a template), a number, a list or a mapping; null with a hook.</param>
/// <param name="Hook">The hook, or null.</param>
internal sealed record Field(string Key, JsonNode? Constant, Func<JsonObject, JsonNode?>? Hook)
{
    private readonly Lazy<PromptTemplate>? _template =
        Constant is JsonValue value && value.TryGetValue<string>(out var text) ? new(() => Named(Key, () => PromptTemplate.Parse(text))) : null;

    /// <summary>Whether the field is text: a column's name or a template.</summary>
    public string? Text => _template is null ? null : Constant!.GetValue<string>();

    /// <summary>Checks that the text, where the field is one, is a template.</summary>
    /// <exception cref="DllmException">It is none.</exception>
    public void CheckTemplate() => _ = _template?.Value;

    /// <summary>The value of the column that the field names, or the template's text.</summary>
    /// <param name="document">The document.</param>
    /// <param name="columns">The names that are columns of the task's documents.</param>
    /// <param name="isColumn">Whether the value is a column's as it is.</param>
    public JsonNode? Read(JsonObject document, IReadOnlySet<string> columns, out bool isColumn)
    {
        isColumn = columns.Contains(Text!);
        if (!isColumn) return JsonValue.Create(Named(Key, () => _template!.Value.Render(document), document));
        return document.TryGetPropertyValue(Text!, out var value)
            ? value
            : throw new DllmException(
                $"{Key} reads the column '{Text}', which a document lacks", $"its columns are {string.Join(", ", document.Select(p => p.Key))}");
    }

    // Says which template a mistake is in, and what a document has in place of what it lacks.
    private static T Named<T>(string key, Func<T> work, JsonObject? document = null)
    {
        try
        {
            return work();
        }
        catch (ChatTemplateException e)
        {
            var columns = e.Kind == ChatTemplateErrorKind.Undefined && document is not null ? $"its columns are {string.Join(", ", document.Select(pair => pair.Key))}" : e.Remedy;
            throw new DllmException($"the template of {key}, line {e.Line}, column {e.Column}: {e.Reason}", columns, e);
        }
    }
}
