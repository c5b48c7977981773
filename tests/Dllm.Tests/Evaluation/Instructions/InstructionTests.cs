using System.Text.Json.Nodes;
using Dllm.Evaluation.Instructions;

namespace Dllm.Tests.Evaluation.Instructions;

public sealed class InstructionTests
{
    [Theory]
    [InlineData("keywords:existence", """{"keywords": ["alpha", "BETA"]}""", "Alpha, beta.", "alpha")]
    [InlineData("keywords:frequency", """{"keyword": "cat", "frequency": 2, "relation": "at least"}""", "cat concatenated", "cat")]
    [InlineData("keywords:frequency", """{"keyword": "cat", "frequency": 2, "relation": "less than"}""", "cat", "cat cat")]
    [InlineData("keywords:forbidden_words", """{"forbidden_words": ["bad"]}""", "badly", "Bad.")]
    [InlineData("keywords:letter_frequency", """{"letter": "Q", "let_frequency": 2, "let_relation": "at least"}""", "qQ", "q")]
    [InlineData("keywords:letter_frequency", """{"letter": "#", "let_frequency": 2, "let_relation": "at least"}""", "# a #", "#")]
    [InlineData(
        "language:response_language", """{"language": "de"}""",
        "Das ist nicht der Weg, und er wird es auch nicht.", "This is the way.")]
    [InlineData("language:response_language", """{"language": "ar"}""", "هذا نص باللغة العربية", "שלום לכולם")]
    [InlineData("length_constraints:number_sentences", """{"num_sentences": 2, "relation": "at least"}""", "One. Two.", "Dr. Smith")]
    [InlineData("length_constraints:number_words", """{"num_words": 3, "relation": "less than"}""", "don't", "it isn't")]
    [InlineData("length_constraints:number_paragraphs", """{"num_paragraphs": 2}""", "a\n***\nb\n***\n", "a *** *** b")]
    [InlineData(
        "length_constraints:nth_paragraph_first_word", """{"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Yes"}""",
        "a\n\n'yes, b", "a\n\nyesterday")]
    [InlineData("detectable_content:number_placeholders", """{"num_placeholders": 2}""", "[a] [b c]", "[a] [b\n]")]
    [InlineData("detectable_content:postscript", """{"postscript_marker": "P.S."}""", "a\np. s. b", "a ps b")]
    [InlineData("detectable_content:postscript", """{"postscript_marker": "P.P.S"}""", "a P.P.S b", "a P.S. b")]
    [InlineData("detectable_format:number_bullet_lists", """{"num_bullets": 2}""", "* a\n  - b", "** a\n- b")]
    [InlineData("detectable_format:constrained_response", "{}", "Well: My answer is no.", "no")]
    [InlineData("detectable_format:number_highlighted_sections", """{"num_highlights": 2}""", "**a**, *b*", "* *a\n*")]
    [InlineData(
        "detectable_format:multiple_sections", """{"section_spliter": "Section", "num_sections": 2}""",
        "Section 1 a Section2", "Section one Section 2")]
    [InlineData("detectable_format:json_format", "{}", "```json\n{\"a\": [1, NaN, -2.5e3]}\n```", "{\"a\": 01}")]
    [InlineData("detectable_format:json_format", "{}", "\"\\ud800\"", "{'a': 1}")]
    [InlineData("detectable_format:title", "{}", "<<a>> b", "<<>>")]
    [InlineData("combination:two_responses", "{}", "a\n******\nb", "a****** a")]
    [InlineData("combination:repeat_prompt", """{"prompt_to_repeat": "Do it. "}""", "  do it. Done", "Done")]
    [InlineData("startend:end_checker", """{"end_phrase": "Bye."}""", "\"a bye.\" ", "bye")]
    [InlineData("startend:quotation", "{}", " \"\" ", "\"")]
    [InlineData(
        "change_case:capital_word_frequency", """{"capital_frequency": 3, "capital_relation": "at least"}""",
        "NASA's A-B, CAN'T", "Nasa A-B")]
    [InlineData("change_case:english_capital", "{}", "THIS IS THE ONE.", "This is the one.")]
    [InlineData("change_case:english_lowercase", "{}", "this is the one.", "das ist nicht der eine und auch nicht der andere.")]
    [InlineData("punctuation:no_comma", "{}", "a; b، c", "a, b")]
    public void FollowedOrNot(string id, string arguments, string follows, string fails)
    {
        var check = InstructionTable.Check(id, JsonNode.Parse(arguments)!.AsObject());
        Assert.True(check(follows), follows);
        Assert.False(check(fails), fails);
    }

    [Fact]
    public void ThereAreTwentyFive() => Assert.Equal(25, InstructionTable.Ids.Count());

    [Fact]
    public void AnUnknownInstructionIsNamed() =>
        Assert.Contains("keywords:rhyme", Assert.Throws<DllmException>(() => InstructionTable.Check("keywords:rhyme", [])).Message);

    [Fact]
    public void AMissingArgumentIsNamed()
    {
        const string id = "length_constraints:number_words";
        var arguments = new JsonObject { ["relation"] = "at least", ["num_words"] = null };
        var fault = Assert.Throws<DllmException>(() => InstructionTable.Check(id, arguments));
        Assert.Contains("num_words", fault.Message);
        Assert.Contains("about", Assert.Throws<DllmException>(
            () => InstructionTable.Check(id, new() { ["relation"] = "about", ["num_words"] = 3 })).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t")]
    [InlineData("\u200f\u202e")]
    [InlineData("{{{[[[(((<<<***\"\"\"")]
    [InlineData("مرحبا. שלום! 你好")]
    [InlineData("😀")]
    public void NoResponseIsTooOdd(string response)
    {
        var arguments = new JsonObject
        {
            ["keywords"] = new JsonArray("a"),
            ["keyword"] = "a",
            ["frequency"] = 1,
            ["relation"] = "at least",
            ["forbidden_words"] = new JsonArray("a"),
            ["letter"] = "a",
            ["let_frequency"] = 1,
            ["let_relation"] = "at least",
            ["language"] = "en",
            ["num_sentences"] = 1,
            ["num_paragraphs"] = 1,
            ["num_words"] = 1,
            ["nth_paragraph"] = 1,
            ["first_word"] = "a",
            ["num_placeholders"] = 1,
            ["postscript_marker"] = "P.S.",
            ["num_bullets"] = 1,
            ["num_highlights"] = 1,
            ["section_spliter"] = "Section",
            ["num_sections"] = 1,
            ["prompt_to_repeat"] = "a",
            ["end_phrase"] = "a",
            ["capital_frequency"] = 1,
            ["capital_relation"] = "at least",
        };
        foreach (var id in InstructionTable.Ids)
        {
            var check = InstructionTable.Check(id, arguments);
            check(response);
            if (response.Length > 8) check(string.Concat(Enumerable.Repeat(response, 4_000)));
        }
    }
}
