using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Functions;

/// <summary>Turns a split's rows into a task's documents (<c>process_docs</c>).</summary>
public delegate IReadOnlyList<JsonObject> DocumentsFunction(IReadOnlyList<JsonObject> rows);

/// <summary>What a document gives: its prompt, its answer or its choices (<c>doc_to_text</c>, <c>doc_to_target</c>, <c>doc_to_choice</c>).</summary>
public delegate JsonNode? DocumentFunction(JsonObject document);

/// <summary>
/// The one table of what a <c>!function</c> hook may name. Every domain keeps its rows in a file of its own; the names are
/// <c>module.function</c> of the harness with the task's folder in place of its general <c>utils</c>.
/// </summary>
public static partial class EvalFunctions
{
    /// <summary>What follows the name of a function that the harness's release 0.4.9.1 had in another form.</summary>
    public const string Release0491 = "@0.4.9.1";

    private static readonly IReadOnlyDictionary<string, DocumentsFunction> _documents = Table(
        HellaswagFunctions.Documents, MbppFunctions.Documents, GpqaFunctions.Documents, MmluProFunctions.Documents, MathFunctions.Documents);

    private static readonly IReadOnlyDictionary<string, DocumentFunction> _fields = Table(
        WinograndeFunctions.Fields, RaceFunctions.Fields, MmluProFunctions.Fields, MathFunctions.Fields);

    /// <summary>The function for <c>process_docs</c> of this name, or null.</summary>
    public static DocumentsFunction? Documents(string name) => _documents.GetValueOrDefault(name);

    /// <summary>The function for a field of documents of this name, or null.</summary>
    public static DocumentFunction? Field(string name) => _fields.GetValueOrDefault(name);

    /// <summary>The names of all functions that prepare documents or read fields.</summary>
    public static IEnumerable<string> DocumentNames => _documents.Keys.Concat(_fields.Keys);

    /// <summary>Whether any table has a function of this name.</summary>
    public static bool Exists(string name) => DocumentNames.Concat(ScoringNames).Contains(name);

    private static Dictionary<string, T> Table<T>(params ReadOnlySpan<IReadOnlyDictionary<string, T>> parts)
    {
        var all = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            foreach (var (name, function) in part) all.Add(name, function);
        }

        return all;
    }
}
