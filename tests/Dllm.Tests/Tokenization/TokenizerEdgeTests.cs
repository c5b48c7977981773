using Dllm.Tokenization;
using static Dllm.Tests.Tokenization.TokenizerFixture;

namespace Dllm.Tests.Tokenization;

/// <summary>Odd texts, added tokens and large inputs.</summary>
public class TokenizerEdgeTests
{
    private static readonly Tokenizer Bytes = BpeTrainer.Train(["the cat sat on the mat, the cat sat"], new BpeTrainingOptions { VocabularySize = 300 });

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\uFFFE\uFFFF")]
    [InlineData("\0\u0001")]
    [InlineData("👍🏽 e\u0301 \U0010FFFF")]
    [InlineData("\u200D\u0301\u0301")]
    public void ByteLevelTokensGiveTheTextBack(string text)
    {
        int[] ids = Bytes.Encode(text, addSpecialTokens: false);
        Assert.Equal(text.Replace("e\u0301", "\u00E9", StringComparison.Ordinal), Bytes.Decode(ids));
        Assert.Equal(ids, Bytes.EncodeWithOffsets(text, addSpecialTokens: false).Ids);
    }

    [Fact]
    public void HalfASurrogatePairCountsAsTheReplacementCharacter()
    {
        // No theory: attributes are stored as UTF-8, which has no half pairs.
        (string, string)[] cases = [("a\uD800b", "a\uFFFDb"), ("\uDC00", "\uFFFD"), ("e\u0301\uD83D", "\u00E9\uFFFD")];
        foreach ((string text, string expected) in cases)
        {
            Assert.Equal(expected, Bytes.Decode(Bytes.Encode(text, addSpecialTokens: false)));
            Assert.Equal(text.Length, Bytes.EncodeWithOffsets(text, addSpecialTokens: false).Offsets[^1].End);
        }
    }

    [Fact]
    public void OffsetsCountCodePointsOfTheOriginal()
    {
        EncodedText encoded = Bytes.EncodeWithOffsets("👍e\u0301x", addSpecialTokens: false);
        TextSpan[] thumb = [.. Enumerable.Repeat(new TextSpan(0, 1), 4)];
        Assert.Equal([.. thumb, new TextSpan(1, 2), new TextSpan(1, 2), new TextSpan(3, 4)], encoded.Offsets);
        Assert.All(encoded.SpecialTokensMask, Assert.False);
    }

    [Fact]
    public void SpecialTokensAroundATextHaveNoOffsets()
    {
        EncodedText encoded = Bytes.EncodeWithOffsets("x");
        Assert.Equal(["[CLS]", "x", "[SEP]"], encoded.Ids.Select(id => Bytes.IdToToken(id)));
        Assert.Equal([new TextSpan(0, 0), new TextSpan(0, 1), new TextSpan(0, 0)], encoded.Offsets);
        Assert.Equal([true, false, true], encoded.SpecialTokensMask);
        Assert.Equal([0, 0, 0, 1, 1], Bytes.EncodePairWithOffsets("x", "y").TypeIds);
    }

    [Fact(Timeout = 60_000)]
    public async Task LongLinesTakeTimeInProportion()
    {
        await Task.Yield(); // a time limit needs an asynchronous test
        string letters = string.Concat(Enumerable.Repeat("abc", 100_000));
        Assert.Equal(100_000, Open(Pairs).Encode(letters).Length);
        Assert.Equal(letters, Bytes.Decode(Bytes.Encode(letters, addSpecialTokens: false)));
        string blanks = new(' ', 300_000);
        Assert.Equal(blanks, Bytes.Decode(Bytes.Encode(blanks, addSpecialTokens: false)));
        Assert.Equal(300_000, Bytes.EncodeWithOffsets(letters, addSpecialTokens: false).Offsets[^1].End);
    }

    [Fact]
    public void TruncationAndPaddingOfTheFileAreLeftToTheCaller() => Assert.Equal([4, 4, 4], Open(Pairs).Encode("abcabcabc"));

    [Fact]
    public void ManyThreadsShareATokenizer()
    {
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => $"the cat {i % 50} sat on mat {i % 7}")];
        int[][] alone = [.. texts.Select(text => Bytes.Encode(text))];
        var together = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => together[i] = Bytes.Encode(texts[i]));
        Assert.Equal(alone, together);
    }

    [Fact]
    public void AddedTokensAreFoundLongestFirstAndObeyTheirFlags()
    {
        Tokenizer tokenizer = Open(
            Words,
            """ "pre_tokenizer": {"type": "WhitespaceSplit"}, "normalizer": {"type": "Lowercase"}, """,
            string.Join(
                ',',
                Added(10, "<m>", left: true),
                Added(11, "<mm>", right: true),
                Added(12, "HELLO world", normalized: true, special: false),
                Added(13, "cat", special: false, word: true)));
        Assert.Equal([1, 10, 2], tokenizer.Encode("a  <m>b"));
        Assert.Equal([1, 11, 2], tokenizer.Encode("a<mm>  b"));
        Assert.Equal([12, 1], tokenizer.Encode("Hello WORLD a"));
        Assert.Equal([13, 0, 13], tokenizer.Encode("cat cats cat"));
        Assert.Equal([0, 10], tokenizer.Encode("<<m>"));
        Assert.Equal([new TextSpan(0, 1), new TextSpan(1, 6)], tokenizer.EncodeWithOffsets("a  <m>").Offsets);
        Assert.Equal("a b", tokenizer.Decode([1, 10, 2], skipSpecialTokens: true));
        Assert.Equal("a <m> b", tokenizer.Decode([1, 10, 2, 999, -1]));
    }

    [Fact]
    public void NamedTokensThatTheVocabularyLacksAreAdded()
    {
        using var fixture = new TokenizerFixture(
            Json(Words), config: """{"mask_token": {"content": "<mask>"}, "model_max_length": 1e30, "additional_special_tokens": ["<x>"]}""",
            map: """{"mask_token": "<other>", "eos_token": "hello"}""");
        Tokenizer tokenizer = fixture.Open();
        Assert.Equal(("<mask>", 5), (tokenizer.SpecialTokens.Mask, tokenizer.SpecialTokens.MaskId));
        Assert.Equal(3, tokenizer.SpecialTokens.EosId);
        Assert.Equal([3, 5, 6], tokenizer.SpecialTokens.AllIds);
        Assert.Equal(7, tokenizer.VocabularySize);
        Assert.Null(tokenizer.MaxLength);
        Assert.Equal([1, 5, 6], tokenizer.Encode("a<mask><x>"));
    }

    [Fact]
    public void ABareTokenizerFileNamesItsTokensByCustom()
    {
        string added = $"{Added(0, "[UNK]")},{Added(7, "[MASK]")},{Added(8, "[PAD]", special: false)}";
        SpecialTokens tokens = Open(Words, added: added).SpecialTokens;
        Assert.Equal((0, 7, null), (tokens.UnkId, tokens.MaskId, tokens.PadId));
    }
}
