using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Dllm.Tokenization;
using static Dllm.Tests.Tokenization.TokenizerFixture;

namespace Dllm.Tests.Tokenization;

/// <summary>Files made to hold or to fill the process: each text ends soon, with ids or with one clear error.</summary>
public class HostileTokenizerTests
{
    private static readonly string Letters = new('a', 100_000);

    private static void EndsSoon(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        Assert.True(taken < TimeSpan.FromSeconds(20), $"took {taken}");
    }

    private static string Quoted(string text) => JsonValue.Create(text).ToJsonString();

    private static string Split(string pattern) =>
        $$"""{"type": "Split", "pattern": {"Regex": {{Quoted(pattern)}} }, "behavior": "Isolated", "invert": false}""";

    /// <summary>The engine matches these in linear time.</summary>
    [Theory]
    [InlineData("(a+a+)+$")]
    [InlineData("(a|aa)+$")]
    [InlineData("(.*?,){11}P")]
    public void APatternThatBacktracksForEverIsMatchedInLinearTime(string pattern)
    {
        Tokenizer tokenizer = Open(Words, $"\"pre_tokenizer\": {Split(pattern)},");
        EndsSoon(() => Assert.NotEmpty(tokenizer.Encode(new string('a', 2000) + "!")));
    }

    [Theory]
    [InlineData("(?=a?)(a+a+)+$")]
    [InlineData(@"(a+)+\1b")]
    public void AnotherEndsWithAnErrorThatNamesFileAndPattern(string pattern)
    {
        Tokenizer tokenizer = Open(Words, $"\"pre_tokenizer\": {Split(pattern)},");
        EndsSoon(() =>
        {
            DllmException error = Assert.Throws<DllmException>(() => tokenizer.Encode(new string('a', 2000) + "!"));
            Assert.Contains("tokenizer.json: pre_tokenizer.pattern.Regex is the pattern", error.Message, StringComparison.Ordinal);
            Assert.Contains(pattern, error.Message, StringComparison.Ordinal);
        });
    }

    /// <summary>Every match stays below the limit of one, but the text has a limit of its own.</summary>
    [Fact]
    public void TimeIsBoundedForTheTextAsAWhole()
    {
        Tokenizer tokenizer = Open(Words, $$"""
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {{Split("(?=a?)(a|aa)+$")}}]},
            """);
        string word = new string('a', 33) + "!";
        EndsSoon(() => Assert.Throws<DllmException>(() => tokenizer.Encode(string.Join(' ', Enumerable.Repeat(word, 500)))));
    }

    [Fact]
    public void PatternsOfNormalizersAndDecodersAreBoundedToo()
    {
        string bad = """{"type": "Replace", "pattern": {"Regex": "(?=a?)(a+a+)+$"}, "content": ""}""";
        string text = new string('a', 500) + "!";
        EndsSoon(() => Assert.Throws<DllmException>(() => Open(Words, $"\"normalizer\": {bad},").Encode(text)));
        string vocabulary = $$"""{"type": "WordLevel", "vocab": {"{{text}}": 0} }""";
        EndsSoon(() => Assert.Throws<DllmException>(() => Open(vocabulary, $"\"decoder\": {bad},").Decode([0])));
    }

    [Fact]
    public void APatternOfThousandsOfCharactersIsRefused()
    {
        DllmException error = Assert.Throws<DllmException>(() => Open(Words, $"\"pre_tokenizer\": {Split(new string('a', 20_000))},"));
        Assert.Contains("has 20000 characters, at most 16384", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "[a-z]"}, "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""")]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "ByteLevel"}, {"type": "Replace", "pattern": {"String": "a"}, "content": "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2da"}]}""")]
    public void NormalizersThatMultiplyTheTextAreStopped(string step)
    {
        string steps = string.Join(',', Enumerable.Repeat(step, 30));
        Tokenizer tokenizer = Open(Words, $$"""
            "normalizer": {"type": "Sequence", "normalizers": [{{steps}}]},
            """);
        foreach (bool detailed in new[] { false, true })
        {
            EndsSoon(() =>
            {
                DllmException error = Assert.Throws<DllmException>(
                    () => detailed ? tokenizer.EncodeWithOffsets("banana").Ids.Count : tokenizer.Encode("banana").Length);
                Assert.Contains("turns a text of 6 characters into one of", error.Message, StringComparison.Ordinal);
            });
        }
    }

    [Fact]
    public void DecodersThatMultiplyTheTextAreStopped()
    {
        string steps = string.Join(',', Enumerable.Repeat("""{"type": "Replace", "pattern": {"String": "l"}, "content": "llllllllllllllll"}""", 30));
        Tokenizer tokenizer = Open(Words, $$"""
            "decoder": {"type": "Sequence", "decoders": [{{steps}}]},
            """);
        EndsSoon(() => Assert.Throws<DllmException>(() => tokenizer.Decode([3, 3])));
    }

    /// <summary>One word of 100,000 letters: no model may take time by the square of its length.</summary>
    [Fact]
    public void OneHugeWordTakesNoHugeTime()
    {
        string grown = string.Join(',', Enumerable.Range(1, 16).Select(n => $"\"{new string('a', 1 << n)}\": {n}"));
        string merges = string.Join(',', Enumerable.Range(0, 16).Select(n => $"[\"{new string('a', 1 << n)}\", \"{new string('a', 1 << n)}\"]"));
        string[] models =
        [
            $$"""{"type": "BPE", "vocab": {"a": 0, {{grown}} }, "merges": [{{merges}}]}""",
            """{"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 1, "##a": 2}, "max_input_chars_per_word": 2147483647}""",
            """{"type": "Unigram", "vocab": [["<unk>", 0], ["a", -1], ["aa", -1.5]], "unk_id": 0}""",
        ];
        foreach (string model in models)
        {
            Tokenizer tokenizer = Open(model);
            EndsSoon(() => Assert.NotEmpty(tokenizer.Encode(Letters)));
        }
    }

    /// <summary>Tokens so long that at each place of the text thousands of characters would be tried.</summary>
    [Fact]
    public void OverlappingLongTokensEndWithAnError()
    {
        string longest = new('a', 50_000);
        EndsSoon(() => Assert.Throws<DllmException>(
            () => Open($$"""{"type": "Unigram", "vocab": [["<unk>", 0], ["a", -1], ["{{longest}}b", -1.5]], "unk_id": 0}""").Encode(Letters)));
        EndsSoon(() => Assert.Throws<DllmException>(() => Open(
            $$"""{"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 1, "##a": 2, "##{{longest}}b": 3}, "max_input_chars_per_word": 2147483647}""").Encode(Letters)));
        EndsSoon(() => Assert.Throws<DllmException>(() => Open(Words, added: Added(9, longest + "b")).Encode(Letters)));
    }

    [Fact]
    public void ThousandsOfCombiningMarksAreSortedInPieces()
    {
        string marks = "a" + new StringBuilder().Insert(0, "\u0301\u0316", 100_000);
        Tokenizer tokenizer = Open(Words, """
            "normalizer": {"type": "NFC"},
            """);
        EndsSoon(() => tokenizer.Encode(marks));
        EndsSoon(() => tokenizer.EncodeWithOffsets(marks));
        Assert.Equal(new string('\u0316', 20) + new string('\u0301', 20), UnicodeForm.Of(new StringBuilder().Insert(0, "\u0301\u0316", 20).ToString(), NormalizationForm.FormC));
    }

    [Theory]
    [InlineData("""{"type": "Metaspace", "replacement": "", "add_prefix_space": true}""")]
    public void AnEmptyStandInForBlanksIsRefused(string component)
    {
        Assert.Contains("decoder.replacement is empty", Assert.Throws<DllmException>(() => Open(Words, $"\"decoder\": {component},")).Message, StringComparison.Ordinal);
        Assert.Contains("pre_tokenizer.replacement is empty", Assert.Throws<DllmException>(() => Open(Words, $"\"pre_tokenizer\": {component},")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnIdFarBeyondTheVocabularyIsRefused() => Assert.Contains(
        "has the id 2147483647 although there are only 5 tokens",
        Assert.Throws<DllmException>(() => Open(Words, added: Added(int.MaxValue, "[X]"))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void BytesThatAreNoUtf8AreRefusedWithTheirFile()
    {
        using var fixture = new TokenizerFixture(Json(Words));
        File.WriteAllBytes(fixture.File("tokenizer_config.json"), [.. """{"pad_token": "a", "extra": " """u8, 0x80, .. "\"}"u8]);
        Assert.Contains("tokenizer_config.json", Assert.Throws<DllmException>(() => fixture.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyGivenTwiceIsSavedAsItIsRead()
    {
        using var fixture = new TokenizerFixture(Json(Words, "\"added_tokens\": [],"), """{"pad_token": "a", "pad_token": "b", "x": "\ud800"}""");
        Tokenizer tokenizer = fixture.Open();
        tokenizer.Save(Path.Combine(fixture.Folder, "saved"));
        Assert.Equal("b", Tokenizer.FromDirectory(Path.Combine(fixture.Folder, "saved")).SpecialTokens.Pad);
    }

    [Fact]
    public void ManyDeclaredTokensTakeLinearTime()
    {
        string names = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"<t{i}>\""));
        using var fixture = new TokenizerFixture(Json(Words), $$"""{"additional_special_tokens": [{{names}}]}""");
        EndsSoon(() => Assert.Equal(100_005, fixture.Open().VocabularySize));
    }
}
