using Dllm.Tokenization.Templates;

namespace Dllm.Evaluation.Instructions;

/// <summary>Capitals, small letters, and the language. Text without letters has no language and follows any, as in the original.</summary>
internal static class CaseInstructions
{
    public static InstructionCheck Language(InstructionArguments arguments)
    {
        var wanted = arguments.Text("language");
        return response => Is(response, wanted);
    }

    public static InstructionCheck CapitalWords(InstructionArguments arguments)
    {
        var relation = arguments.Relation("capital_relation", "capital_frequency");
        return response => relation(ResponseWords.Capitals(response));
    }

    public static InstructionCheck EnglishCapital(InstructionArguments arguments) =>
        response => PythonCase.IsUpper(response) is true && Is(response, "en");

    public static InstructionCheck EnglishLowercase(InstructionArguments arguments) =>
        response => PythonCase.IsLower(response) is true && Is(response, "en");

    private static bool Is(string response, string language) => LanguageDetector.Detect(response) is not { } found || found == language;
}
