using System.Text.Json.Nodes;
using Dllm.Evaluation;
using Dllm.Evaluation.Instructions;
using Dllm.Evaluation.Maths;
using Dllm.Evaluation.Reports;
using Dllm.Evaluation.Running;
using Dllm.Evaluation.Scoring;
using Dllm.Evaluation.Tasks;
using Dllm.Training;

namespace Dllm.Fuzz.Targets;

/// <summary>What models answer, and the files of evaluations and training runs.</summary>
internal static class EvaluationTargets
{
    private static readonly string[] Latex =
    [
        "\\frac", "\\dfrac", "\\sqrt", "\\boxed{", "\\left(", "\\right)", "\\text{", "\\pi", "\\cdot", "\\times", "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\",
        "^{", "_{", "}", "{", "$", "\\(", "\\[", "x", "y", "1,000", "3.14", "\\infty", "\\pm", "\\le", "\\in", "\\cup", "!", "|", "%", "^\\circ", "^", "9^9^9", "\\log_", "\\sin",
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTarget.OfText("answers", Seeds.Answers, text =>
        {
            AnswerVerification.Verify("$\\frac{1}{2}$", text);
            AnswerVerification.Verify(text, text);
            HendrycksAnswer.AreEqual(text, "x");
            MinervaAnswer.Normalize(MinervaAnswer.Extract(text));
            FormulaComparison.AreEqual(text, "(x+1)^2");
        }) with { Words = Latex },
        FuzzTarget.OfText("patterns", Seeds.Patterns, text => new PythonRegex(text, TimeSpan.FromMilliseconds(500)).FindAll("The answer is (B). aaaaaaaaaaaaaaaaaaaaaaaa! 12.5")) with
        {
            Words = ["(?P<a>", "(?:", "(?i)", "\\d+", "[^a]", "(a+)+", "\\1", "{1,3}", "{,5}", "*?", "|", "^", "$", "\\b", "(?<=a)", "(?P=a)", "(?#x)", "\\N{DASH}", "\\x4"],
        },
        FuzzTarget.OfText("literals", Seeds.Literals, text =>
        {
            PythonLiteral.TryRead(text, out _);
            PythonJson.IsValid(text);
        }) with { Words = ["{'a': 1}", "[1, 2]", "(1,)", "None", "True", "b'x'", "r'x'", "'''", "1_000", "0x1f", "1e5", "-", "\\x41"] },
        FuzzTarget.OfText("samples", Seeds.Samples, text => EvalSample.Parse(text, "line 1")) with { Words = ["doc_id", "filter", "metrics", "acc", "resps", "doc"] },
        FuzzTarget.OfFile("results", "results.json", Seeds.Results, path => ResultsFile.Read(path)) with { Words = ["results", "configs", "acc,none", "n-samples", "versions"] },
        FuzzTarget.OfFile("answer_cache", "cache.jsonl", Seeds.Cache, path =>
        {
            using var cache = new AnswerCache(path, "scope");
            var request = new EvalRequest("t", 0, 0, RequestKind.LogLikelihood, "a", "b", null);
            cache.FindLikelihood(request);
            cache.FindText(request);
        }) with { Words = ["key", "text", "logprob", "greedy", "value"] },
        FuzzTarget.OfFile("data_map", "map.yaml", Seeds.Maps, path => DataMap.Open(path)) with { Words = ["data", "dataset", "split", "file", "name", "columns", "rename"] },
        new FuzzTarget("trainer_state", new(() => Seeds.States), (bytes, folder) =>
        {
            Directory.CreateDirectory(Path.Combine(folder, "checkpoint-5"));
            File.WriteAllBytes(Path.Combine(folder, "checkpoint-5", CheckpointDirectory.StateFile), bytes);
            new CheckpointDirectory(folder).ReadState(5);
        }) { Words = ["step", "epoch", "best_metric", "run", "total_loss"] },
        FuzzTarget.OfText("documents", Seeds.Documents, text =>
        {
            if (JsonInput.TryValue(text, out _) && JsonInput.ParseLast(System.Text.Encoding.UTF8.GetBytes(text)) is JsonObject document)
            {
                DocumentReader.Str(document);
                Tokenization.PromptTemplate.Parse("{{ question }} {% for c in choices %}{{ loop.index }}. {{ c }}\n{% endfor %}{{ answer|tojson }}").Render(document);
                AnswerKey.Of(document["answer"]);
            }
        }) with { Words = ["question", "choices", "answer", "target"] },
    ];
}
