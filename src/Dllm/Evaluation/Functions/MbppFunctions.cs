namespace Dllm.Evaluation.Functions;

/// <summary>MBPP (Austin et al., 2021): the examples of the harness are the rows whose task_id is 2, 3 or 4.</summary>
internal static class MbppFunctions
{
    public static IReadOnlyDictionary<string, DocumentsFunction> Documents { get; } = new Dictionary<string, DocumentsFunction>
    {
        ["mbpp.fewshot_samples"] = rows =>
            [.. rows.Where(row => row["task_id"]?.ToString() is "2" or "3" or "4").Select(row => row.With(("is_fewshot", true)))],
    };
}
