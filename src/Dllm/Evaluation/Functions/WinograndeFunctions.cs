using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Functions;

/// <summary>WinoGrande (Sakaguchi et al., 2019): each option completes the sentence up to the blank, and the rest is scored.</summary>
internal static class WinograndeFunctions
{
    public static IReadOnlyDictionary<string, DocumentFunction> Fields { get; } = new Dictionary<string, DocumentFunction>
    {
        ["winogrande.doc_to_text"] = row => row.Text("answer") switch
        {
            "1" => 0,
            "2" => 1,
            var other => throw new DllmException($"a document's answer is '{other}', not 1 or 2"),
        },
        ["winogrande.doc_to_target"] = row => DocumentColumns.Strip(row.Text("sentence")[(Blank(row) + 1)..]),
        ["winogrande.doc_to_choice"] = row => new JsonArray(
            row.Text("sentence")[..Blank(row)] + row.Text("option1"), row.Text("sentence")[..Blank(row)] + row.Text("option2")),
    };

    private static int Blank(JsonObject row) => row.Text("sentence").IndexOf('_') is var at and >= 0
        ? at
        : throw new DllmException($"a document's sentence has no blank '_': {row.Text("sentence")}");
}
