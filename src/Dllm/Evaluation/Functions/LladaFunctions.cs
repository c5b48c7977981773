using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Functions;

/// <summary>
/// How LLaDA's evaluation of the original takes a program out of a chat answer: from a fenced block (humaneval_instruct_llada), or from
/// between the marks [BEGIN] and [DONE], quotes, or fences (mbpp_instruct_llada, whose answer goes on behind an opened fence).
/// </summary>
internal static class LladaFunctions
{
    private const string Fence = "```";
    private const string OpenedFence = Fence + "python";

    private static readonly PythonRegex _block = new(@"(?s)```(?:[a-zA-Z0-9_+-]*)?\s*\n?(.*?)(?:```|$)");
    private static readonly PythonRegex _done = new(@"'?\s*\[?DONE\]?");

    // In the order in which they are tried: quoted between marks, quoted without an end, bare between marks, in fences, from a mark on.
    private static readonly PythonRegex[] _marked =
    [
        .. Between(@"\s*'(.*)'\s*"), .. Between(@"\s*'(.*)\s*"), .. Between(@"\s*(.*)\s*"),
        .. new[]
        {
            @"```python\s*(.*)\s*```", @"```\s*(.*)\s*```", @"```python\s*(.*)\s*$", @"```\s*(.*)\s*$", @"(.*)\s*```.*",
            @"\[BEGIN\]\s*'(.*)", @"\[BEGIN\](.*)", @"'(.*)'\s*\[DONE\]",
        }.Select(Spanning),
    ];

    public static IReadOnlyDictionary<string, FilterFunction> Filters { get; } = new Dictionary<string, FilterFunction>
    {
        ["humaneval.build_predictions_llada"] = (answers, _) => [.. answers.Select(FirstBlock)],
        ["mbpp.build_predictions_llada"] = (answers, _) => [.. answers.Select(Program)],
    };

    /// <summary>The first fenced block, or the answer itself, without space before it.</summary>
    internal static string FirstBlock(string answer) =>
        DocumentColumns.StripStart(_block.FindAll(answer) is [var first, ..] ? first[0] : answer);

    /// <summary>The program of an answer that goes on behind an opened fence.</summary>
    internal static string Program(string answer)
    {
        string text = OpenedFence + answer;
        text = _marked.Select(pattern => pattern.Search(text)).FirstOrDefault(match => match is not null)?[1] ?? text;
        text = text.Split(Fence)[0];
        text = DocumentColumns.Strip(UpTo(_done, text).Replace(@"\_", "_", StringComparison.Ordinal));
        if (text.StartsWith('\'')) text = text[1..];
        return text.EndsWith('\'') ? text[..^1] : text;
    }

    private static string UpTo(PythonRegex mark, string text) =>
        mark.Search(text) is [var found, ..] ? text[..text.IndexOf(found, StringComparison.Ordinal)] : text;

    private static IEnumerable<PythonRegex> Between(string inside) =>
        from end in new[] { @"\[DONE\]", "DONE" }
        from begin in new[] { @"\[BEGIN\]", "BEGIN" }
        select Spanning(begin + inside + end);

    private static PythonRegex Spanning(string pattern) => new("(?s)" + pattern);
}
