using Dllm.Evaluation.Functions;
using Dllm.Evaluation.Scoring;

namespace Dllm.Evaluation.Instructions;

/// <summary>How a response is laid out.</summary>
internal static class FormatInstructions
{
    private static readonly string[] _answers = ["My answer is yes.", "My answer is no.", "My answer is maybe."];
    private static readonly string[] _fences = ["```json", "```Json", "```JSON", "```"];

    public static InstructionCheck Bullets(InstructionArguments arguments)
    {
        var wanted = arguments.Number("num_bullets");
        return response => ResponseMarks.Bullets(response, '*') + ResponseMarks.Bullets(response, '-') == wanted;
    }

    public static InstructionCheck Constrained(InstructionArguments arguments) =>
        response => _answers.Any(answer => response.Contains(answer, StringComparison.Ordinal));

    /// <summary>Text between asterisks; between two of them on each side it counts once more.</summary>
    public static InstructionCheck Highlights(InstructionArguments arguments)
    {
        var wanted = arguments.Number("num_highlights");
        return response => ResponseMarks.Highlights(response).Count(part => DocumentColumns.Strip(part.Trim('*')).Length > 0)
            + ResponseMarks.DoubleHighlights(response).Count(part => DocumentColumns.Strip(part[2..^2]).Length > 0) >= wanted;
    }

    /// <summary>Headings: a word, which is a pattern, and a number.</summary>
    public static InstructionCheck Sections(InstructionArguments arguments)
    {
        var wanted = arguments.Number("num_sections");
        var heading = new PythonRegex($@"\s?{DocumentColumns.Strip(arguments.Text("section_spliter"))}\s?\d+\s?");
        return response => heading.FindAll(response).Count >= wanted;
    }

    public static InstructionCheck Json(InstructionArguments arguments) => response =>
    {
        var text = DocumentColumns.Strip(response);
        foreach (var fence in _fences)
        {
            if (text.StartsWith(fence, StringComparison.Ordinal)) text = text[fence.Length..];
        }

        if (text.EndsWith("```", StringComparison.Ordinal)) text = text[..^3];
        return PythonJson.IsValid(DocumentColumns.Strip(text));
    };

    public static InstructionCheck Title(InstructionArguments arguments) =>
        response => ResponseMarks.Titles(response).Any(title => DocumentColumns.Strip(title.TrimStart('<').TrimEnd('>')).Length > 0);
}
