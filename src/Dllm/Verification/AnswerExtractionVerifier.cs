using System.Text.Json;
using Dllm.Evaluation.Functions;

namespace Dllm.Verification;

/// <summary>Cases of kind <c>fork_answer_extraction</c>: programs and numbers that are taken out of chat answers.</summary>
internal sealed class AnswerExtractionVerifier : ICaseVerifier
{
    public IReadOnlyList<string> Kinds { get; } = ["fork_answer_extraction"];

    public IEnumerable<CheckResult> Verify(VerificationCase c) =>
    [
        .. Texts(c.Json, "humaneval_llada", LladaFunctions.FirstBlock),
        .. Texts(c.Json, "mbpp_llada", LladaFunctions.Program),
        .. c.Json.Items("gsm8k_boxed_or_answer").Select(i => CheckResult.Equal(
            $"gsm8k_boxed_or_answer[{i.Index}]", Number(i.Item.GetProperty("expected")), Gsm8kFunctions.Answer(i.Item.Text("text")))),
    ];

    private static IEnumerable<CheckResult> Texts(JsonElement json, string key, Func<string, string> extract) =>
        json.Items(key).Select(i => CheckResult.Equal($"{key}[{i.Index}]", i.Item.Text("expected"), extract(i.Item.Text("text"))));

    // A number, the name of one that JSON lacks, or null where there is none.
    private static double? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => value.GetString() switch { "NaN" => double.NaN, "-Infinity" => double.NegativeInfinity, _ => double.PositiveInfinity },
        _ => null,
    };
}
