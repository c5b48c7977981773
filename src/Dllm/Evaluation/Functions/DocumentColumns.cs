using System.Text.Json.Nodes;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Functions;

/// <summary>Reads of documents that say which column is missing, and what Python's text functions do with them.</summary>
internal static class DocumentColumns
{
    /// <summary>A column's text.</summary>
    public static string Text(this JsonObject row, string column) => row.TryGetPropertyValue(column, out var value) && value is JsonValue text
        ? text.ToString()
        : throw Missing(row, column, "text");

    /// <summary>A column's list of texts.</summary>
    public static IEnumerable<string> Texts(this JsonObject row, string column) => row[column] is JsonArray list
        ? list.Select(item => item?.ToString() ?? "")
        : throw Missing(row, column, "list");

    /// <summary>A copy of a row with further columns, or others in place of its own.</summary>
    public static JsonObject With(this JsonObject row, params ReadOnlySpan<(string Name, JsonNode? Value)> columns)
    {
        var result = row.DeepClone().AsObject();
        foreach (var (name, value) in columns) result[name] = value;
        return result;
    }

    /// <summary>Python's <c>str.strip()</c>.</summary>
    public static string Strip(string text) => text.Trim(PythonText.Whitespace.ToCharArray());

    /// <summary>Python's <c>str.lstrip()</c>.</summary>
    public static string StripStart(string text) => text.TrimStart(PythonText.Whitespace.ToCharArray());

    /// <summary>The mistake of a document without a column.</summary>
    public static DllmException Missing(JsonObject row, string column, string kind) => new(
        $"a document has no {kind} in the column '{column}'", $"its columns are {string.Join(", ", row.Select(pair => pair.Key))}");
}
