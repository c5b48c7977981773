using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Instructions;

/// <summary>The one table of IFEval's instructions (Zhou et al., 2023), by their id in the data set.</summary>
internal static class InstructionTable
{
    private static readonly Dictionary<string, InstructionFactory> _factories = new(StringComparer.Ordinal)
    {
        ["keywords:existence"] = KeywordInstructions.Existence,
        ["keywords:frequency"] = KeywordInstructions.Frequency,
        ["keywords:forbidden_words"] = KeywordInstructions.Forbidden,
        ["keywords:letter_frequency"] = KeywordInstructions.LetterFrequency,
        ["language:response_language"] = CaseInstructions.Language,
        ["length_constraints:number_sentences"] = LengthInstructions.Sentences,
        ["length_constraints:number_paragraphs"] = LengthInstructions.Paragraphs,
        ["length_constraints:number_words"] = LengthInstructions.Words,
        ["length_constraints:nth_paragraph_first_word"] = LengthInstructions.FirstWord,
        ["detectable_content:number_placeholders"] = ContentInstructions.Placeholders,
        ["detectable_content:postscript"] = ContentInstructions.Postscript,
        ["detectable_format:number_bullet_lists"] = FormatInstructions.Bullets,
        ["detectable_format:constrained_response"] = FormatInstructions.Constrained,
        ["detectable_format:number_highlighted_sections"] = FormatInstructions.Highlights,
        ["detectable_format:multiple_sections"] = FormatInstructions.Sections,
        ["detectable_format:json_format"] = FormatInstructions.Json,
        ["detectable_format:title"] = FormatInstructions.Title,
        ["combination:two_responses"] = ContentInstructions.TwoResponses,
        ["combination:repeat_prompt"] = ContentInstructions.RepeatPrompt,
        ["startend:end_checker"] = ContentInstructions.End,
        ["startend:quotation"] = ContentInstructions.Quotation,
        ["change_case:capital_word_frequency"] = CaseInstructions.CapitalWords,
        ["change_case:english_capital"] = CaseInstructions.EnglishCapital,
        ["change_case:english_lowercase"] = CaseInstructions.EnglishLowercase,
        ["punctuation:no_comma"] = ContentInstructions.NoComma,
    };

    /// <summary>The ids.</summary>
    public static IEnumerable<string> Ids => _factories.Keys;

    /// <summary>The check of an instruction.</summary>
    /// <exception cref="DllmException">The id is unknown, or an argument is missing or wrong.</exception>
    public static InstructionCheck Check(string id, JsonObject arguments) => _factories.TryGetValue(id, out var factory)
        ? factory(new InstructionArguments(id, arguments))
        : throw new DllmException(
            $"the instruction '{id}' is unknown", $"known are {string.Join(", ", _factories.Keys.Order(StringComparer.Ordinal))}");
}
