using Dllm.Tokenization;
using static Dllm.Tests.Tokenization.TokenizerFixture;

namespace Dllm.Tests.Tokenization;

/// <summary>Components that no tokenizer at hand uses, or only in passing.</summary>
public class TokenizerComponentTests
{
    private const string Abc = """
        {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "1": 3, ",": 4, " ": 5, "<0xC3>": 6, "<0xA9>": 7, "[U]": 8}, "merges": []
        """;

    private static string[] Pieces(string preTokenizer, string text)
    {
        const string onePieceOneToken = """{"type": "BPE", "vocab": {"[U]": 0}, "merges": [], "unk_token": "[U]", "fuse_unk": true}""";
        Tokenizer tokenizer = Open(onePieceOneToken, $"\"pre_tokenizer\": {preTokenizer},");
        return [.. tokenizer.EncodeWithOffsets(text).Offsets.Select(span => text[span.Start..span.End])];
    }

    [Theory]
    [InlineData("Isolated", "a|,|,|b")]
    [InlineData("Removed", "a|b")]
    [InlineData("Contiguous", "a|,,|b")]
    [InlineData("MergedWithPrevious", "a,|,|b")]
    [InlineData("MergedWithNext", "a|,|,b")]
    public void ASplitTreatsItsMatchesAsTold(string behavior, string expected) => Assert.Equal(
        expected.Split('|'),
        Pieces($$"""{"type": "Split", "pattern": {"String": ","}, "behavior": "{{behavior}}", "invert": false}""", "a,,b"));

    [Theory]
    [InlineData("""{"type": "Digits", "individual_digits": true}""", "ab12", "ab|1|2")]
    [InlineData("""{"type": "Digits", "individual_digits": false}""", "ab12", "ab|12")]
    [InlineData("""{"type": "Punctuation"}""", "ab,!", "ab|,|!")]
    [InlineData("""{"type": "Whitespace"}""", "ab_1, !x", "ab_1|,|!|x")]
    [InlineData("""{"type": "WhitespaceSplit"}""", " ab  c ", "ab|c")]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "-"}""", "a-b--c", "a|b|c")]
    [InlineData("""{"type": "FixedLength", "length": 2}""", "abcde", "ab|cd|e")]
    [InlineData("""{"type": "BertPreTokenizer"}""", "ab, c.", "ab|,|c|.")]
    [InlineData(
        """{"type": "Split", "pattern": {"Regex": "\\p{L}++|\\d{1,2}+"}, "behavior": "Isolated", "invert": false}""", "ab123", "ab|123")]
    [InlineData(
        """{"type": "Split", "pattern": {"Regex": "[^\\r\\n\\p{L}]?+\\p{L}+"}, "behavior": "Isolated", "invert": false}""", "a b", "a| b")]
    public void PreTokenizersCut(string component, string text, string expected) =>
        Assert.Equal(expected.Split('|'), Pieces(component, text));

    [Theory]
    [InlineData("x?+", "(?>x?)")]
    [InlineData("a(b|c)*+d", "a(?>(b|c)*)d")]
    [InlineData(@"\p{L}++|[^\]+]?+", @"(?>\p{L}+)|(?>[^\]+]?)")]
    [InlineData(@"a+|b\++", @"a+|b\++")]
    [InlineData("(?:x)+(?i:y)?+", "(?:x)+(?>(?i:y)?)")]
    [InlineData("(?:)", "(?:)")]
    [InlineData("x{1,3}+y{2}", "(?:x{1,3})+y{2}")]
    [InlineData("x*?", "x*?")]
    public void QuantifiersAreTranslated(string pattern, string expected) =>
        Assert.Equal(expected, OnigurumaQuantifiers.Translate(pattern));

    [Theory]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": false}""", "  a ", "a ")]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}""", "\u00E1b", "ab")]
    [InlineData("""{"type": "Nmt"}""", "a\u200Bb\u0001", "a b")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "b+"}, "content": "c"}""", "abba", "aca")]
    public void NormalizersRewrite(string component, string text, string expected)
    {
        Tokenizer tokenizer = Open(Abc + "}", $"\"normalizer\": {component}, \"decoder\": {{\"type\": \"Fuse\"}},");
        Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal(tokenizer.Encode(text), tokenizer.EncodeWithOffsets(text).Ids);
    }

    [Fact]
    public void WhatAVocabularyLacksIsUnknownOrBytesOrDropped()
    {
        Assert.Equal([0, 1], Open(Abc + "}").Encode("azb"));
        Assert.Equal([0, 8, 8, 1], Open(Abc + """, "unk_token": "[U]"}""").Encode("azzb"));
        Assert.Equal([0, 8, 1], Open(Abc + """, "unk_token": "[U]", "fuse_unk": true}""").Encode("azzb"));
        Tokenizer fallback = Open(Abc + """, "unk_token": "[U]", "byte_fallback": true}""", """ "decoder": {"type": "ByteFallback"}, """);
        Assert.Equal([0, 6, 7, 8], fallback.Encode("a\u00E9z"));
        Assert.Equal("a\u00E9", fallback.Decode([0, 6, 7]));
        Assert.Equal("\uFFFDa", fallback.Decode([6, 0]));
    }

    [Fact]
    public void WordsOfAModelWithPrefixAndSuffixMerge()
    {
        Tokenizer tokenizer = Open("""
            {"type": "BPE", "vocab": {"a": 0, "##b": 1, "ab": 2, "##c</w>": 3, "abc</w>": 4}, "merges": ["a ##b", "ab ##c</w>"],
             "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>"}
            """, """ "decoder": {"type": "BPEDecoder", "suffix": "</w>"}, """);
        Assert.Equal([4], tokenizer.Encode("abc"));
        Assert.Equal("abc abc", tokenizer.Decode([4, 4]));
    }

    [Fact]
    public void CuttingBeforeBlanksChangesNoToken()
    {
        const string vocabulary = "\"\u2581\": 0, \"a\": 1, \"b\": 2, \"\u2581a\": 3, \"\u2581\u2581\": 4, \"ab\": 5, \"b\u2581\": 6";
        const string components = """ "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, """;
        Tokenizer cuts = Open($$"""{"type": "BPE", "vocab": { {{vocabulary}} }, "merges": ["▁ a", "▁ ▁", "a b"]}""", components);
        Tokenizer crosses = Open($$"""{"type": "BPE", "vocab": { {{vocabulary}} }, "merges": ["b ▁", "▁ a", "▁ ▁", "a b"]}""", components);
        Assert.Equal([5, 4, 3, 2], cuts.Encode("ab   ab"));
        Assert.Equal([1, 6, 0, 3, 2], crosses.Encode("ab   ab"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(39)]
    [InlineData(41)]
    [InlineData(500)]
    public void ScanAndHeapMergeAlike(int length)
    {
        var random = new Random(length);
        var merges = new MergeTable(64);
        for (int rank = 0; rank < 40; rank++)
        {
            merges.Add(random.Next(3 + (rank / 4)), random.Next(3 + (rank / 4)), rank, 3 + rank);
        }

        int[] word = [.. Enumerable.Range(0, length).Select(_ => random.Next(3))];
        var ids = (int[])word.Clone();
        int[] bytes = [.. Enumerable.Repeat(1, length)];
        int count = Merger.Merge(merges, ids, bytes);
        Assert.Equal(Naive(merges, [.. word]), ids[..count]);
        Assert.Equal(length, bytes[..count].Sum());
    }

    private static List<int> Naive(MergeTable merges, List<int> ids)
    {
        while (true)
        {
            int best = -1;
            for (int i = 0; i + 1 < ids.Count; i++)
            {
                int rank = merges.Find(ids[i], ids[i + 1]).Rank;
                if (rank != int.MaxValue && (best < 0 || rank < merges.Find(ids[best], ids[best + 1]).Rank))
                {
                    best = i;
                }
            }

            if (best < 0)
            {
                return ids;
            }

            ids[best] = merges.Find(ids[best], ids[best + 1]).Id;
            ids.RemoveAt(best + 1);
        }
    }
}
