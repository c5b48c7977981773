using Dllm.Evaluation.Functions;
using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Instructions;

/// <summary>What a response contains, begins and ends with.</summary>
internal static class ContentInstructions
{
    public static InstructionCheck Placeholders(InstructionArguments arguments)
    {
        var wanted = arguments.Number("num_placeholders");
        return response => ResponseMarks.Placeholders(response) >= wanted;
    }

    /// <summary>A postscript anywhere: P.S. and P.P.S with blanks between, other markers as patterns.</summary>
    public static InstructionCheck Postscript(InstructionArguments arguments)
    {
        var pattern = DocumentColumns.Strip(arguments.Text("postscript_marker")) switch
        {
            "P.P.S" => @"p\.\s?p\.\s?s",
            "P.S." => @"p\.\s?s\.",
            var other => PythonCase.Lower(other),
        };
        var marker = new Scoring.PythonRegex(pattern);
        return response => marker.FindAll(PythonCase.Lower(response)).Count > 0;
    }

    /// <summary>Two different responses with six asterisks between.</summary>
    public static InstructionCheck TwoResponses(InstructionArguments arguments) => response =>
    {
        string[] parts = [.. response.Split("******").Select(DocumentColumns.Strip)];
        if (parts.Skip(1).SkipLast(1).Any(part => part.Length == 0)) return false;
        string[] filled = [.. parts.Where(part => part.Length > 0)];
        return filled.Length == 2 && filled[0] != filled[1];
    };

    public static InstructionCheck RepeatPrompt(InstructionArguments arguments)
    {
        var prompt = PythonCase.Lower(DocumentColumns.Strip(arguments.Text("prompt_to_repeat")));
        return response => PythonCase.Lower(DocumentColumns.Strip(response)).StartsWith(prompt, StringComparison.Ordinal);
    }

    public static InstructionCheck End(InstructionArguments arguments)
    {
        var phrase = PythonCase.Lower(DocumentColumns.Strip(arguments.Text("end_phrase")));
        return response => PythonCase.Lower(DocumentColumns.Strip(response).Trim('"')).EndsWith(phrase, StringComparison.Ordinal);
    }

    public static InstructionCheck Quotation(InstructionArguments arguments) =>
        response => DocumentColumns.Strip(response) is ['"', .., '"'];

    public static InstructionCheck NoComma(InstructionArguments arguments) => response => !response.Contains(',');
}
