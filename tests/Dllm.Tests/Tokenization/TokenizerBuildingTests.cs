using Dllm.Tokenization;
using static Dllm.Tests.Tokenization.TokenizerFixture;

namespace Dllm.Tests.Tokenization;

/// <summary>Tokenizers that we make, change and save.</summary>
public class TokenizerBuildingTests
{
    private static readonly string[] Texts =
        ["low low low low low", "lower lower", "newest newest newest newest newest newest", "widest widest widest"];

    [Fact]
    public void TrainingMergesTheMostFrequentPairFirst()
    {
        Tokenizer tokenizer = BpeTrainer.Train(Texts, new BpeTrainingOptions { VocabularySize = 5 + 256 + 3 });
        string[] merged = [.. Enumerable.Range(261, 3).Select(id => tokenizer.IdToToken(id)!)];
        Assert.Equal(["es", "est", "lo"], merged); // 9 and 9 times, then l-o and o-w both 7 times: the lower id goes first
    }

    [Fact]
    public void TrainingDoesNotDependOnTheOrderOfTexts()
    {
        int[] Encode(IEnumerable<string> texts) =>
            BpeTrainer.Train(texts, new BpeTrainingOptions { VocabularySize = 280 }).Encode("lowest newer");
        Assert.Equal(Encode(Texts), Encode(Texts.Reverse()));
    }

    [Fact]
    public void TrainingStopsWhereNothingRepeats()
    {
        Tokenizer tokenizer = BpeTrainer.Train(["abc"], new BpeTrainingOptions { VocabularySize = 10_000 });
        Assert.Equal(5 + 256, tokenizer.VocabularySize);
        Assert.Equal("abc", tokenizer.Decode(tokenizer.Encode("abc"), skipSpecialTokens: true));
    }

    [Fact]
    public void TrainingRefusesWhatCannotBe()
    {
        var small = new BpeTrainingOptions { VocabularySize = 260 };
        Assert.Contains("261", Assert.Throws<DllmException>(() => BpeTrainer.Train(Texts, small)).Message, StringComparison.Ordinal);
        Assert.Throws<DllmException>(() => BpeTrainer.Train(Texts, new BpeTrainingOptions { MinimumFrequency = 0 }));
        Assert.Contains("no text", Assert.Throws<DllmException>(() => BpeTrainer.Train([""])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATrainedTokenizerIsTheSameAfterSaving()
    {
        using var fixture = new TokenizerFixture();
        Tokenizer made = BpeTrainer.Train(Texts, new BpeTrainingOptions { VocabularySize = 270, MaxLength = 64 });
        made.Save(fixture.Folder);
        Tokenizer opened = fixture.Open();
        Assert.Equal(made.Encode("the lowest [MASK] newest"), opened.Encode("the lowest [MASK] newest"));
        Assert.Equal([0, 1, 2, 3, 4], opened.SpecialTokens.AllIds);
        Assert.Equal(64, opened.MaxLength);
        Assert.Contains(opened.SpecialTokens.MaskId!.Value, opened.Encode("lowest[MASK]"));
        Assert.True(opened.AddedTokens[4].LeftStrip);
    }

    [Fact]
    public void AWordPieceVocabularyHoldsWordsAndSpellsTheRest()
    {
        using var fixture = new TokenizerFixture();
        WordPieceBuilder.Build(["hello", "world"], new WordPieceOptions { AdditionalSpecialTokens = ["[Answer]"] }).Save(fixture.Folder);
        Tokenizer tokenizer = fixture.Open();
        IEnumerable<string?> tokens = tokenizer.Encode("Hello wo[Answer]").Select(id => tokenizer.IdToToken(id));
        Assert.Equal(["[CLS]", "hello", "w", "##o", "[Answer]", "[SEP]"], tokens);
        Assert.Equal("hello world! xyz", tokenizer.Decode(tokenizer.Encode("HELLO world! xyz"), skipSpecialTokens: true));
        Assert.Equal(tokenizer.SpecialTokens.UnkId, tokenizer.Encode("\u4E2D")[1]);
        Assert.True(tokenizer.CleanUpSpaces);
        Assert.Throws<DllmException>(() => WordPieceBuilder.Build([""]));
    }

    [Fact]
    public void SavingKeepsTheOriginalFileByteForByte()
    {
        string json = Json(Words, added: Added(1, "a"))
            .Replace("{\"version\"", "{ \"of_the_future\" : [ 1,2 ] ,\n \"version\"", StringComparison.Ordinal);
        using var fixture = new TokenizerFixture(json, config: """{"future": {"a": 1}, "eos_token": "a"}""");
        using var target = new TokenizerFixture();
        fixture.Open().WithChatTemplate("{{ 1 }}").Save(target.Folder);
        Assert.Equal(json, File.ReadAllText(target.File("tokenizer.json")));
        Assert.Contains("future", File.ReadAllText(target.File("tokenizer_config.json")), StringComparison.Ordinal);
        Assert.Equal("{{ 1 }}", target.Open().ChatTemplateSource);
        Assert.Equal(1, target.Open().SpecialTokens.EosId);
        Assert.Empty(Directory.GetFiles(target.Folder, "*.tmp"));
    }

    [Fact]
    public void ATemplateFileGoesBeforeTheConfigs()
    {
        using var fixture = new TokenizerFixture(
            Json(Words), config: """{"chat_template": [{"name": "tools", "template": "t"}, {"name": "default", "template": "d"}]}""");
        Assert.Equal("d", fixture.Open().ChatTemplateSource);
        File.WriteAllText(fixture.File("chat_template.jinja"), "file");
        Assert.Equal("file", fixture.Open().ChatTemplateSource);
        fixture.Open().WithChatTemplate("new").Save(fixture.Folder);
        Assert.Equal("new", fixture.Open().ChatTemplateSource);
    }

    [Fact]
    public void ASetupAddsTheMaskAndFillsWhatIsMissing()
    {
        using var fixture = new TokenizerFixture(Json(Words), config: """{"eos_token": "world"}""");
        Tokenizer tokenizer = fixture.Open().With(TokenizerSetup.For("llada"));
        Assert.Equal(("world", "world", "world"), (tokenizer.SpecialTokens.Bos, tokenizer.SpecialTokens.Eos, tokenizer.SpecialTokens.Pad));
        Assert.True(tokenizer.SpecialTokens.BosStandsIn);
        Assert.Equal(5, tokenizer.SpecialTokens.MaskId);
        Assert.Equal([1, 5], tokenizer.Encode("a<|mdm_mask|>"));
        tokenizer.Save(fixture.Folder);
        Assert.Equal([1, 5], fixture.Open().Encode("a<|mdm_mask|>"));
        Assert.Equal("<|eot_id|>", tokenizer.SpecialTokens.EndOfTurn);
        Assert.Null(fixture.Open().SpecialTokens.EndOfTurn); // each opening installs it anew
        Assert.Equal(6, fixture.Open().VocabularySize);
    }

    [Theory]
    [InlineData("llada", "hello", "hello", 5)]
    [InlineData("llada2_moe", "hello", "hello", 5)]
    [InlineData("rnd1", "hello", "hello", 5)]
    [InlineData("a2d-qwen3", "hello", "<|mask|>", 6)] // an autoregressive model knew none
    public void ASetupKeepsTheMaskThatTheTokenizerNames(string modelType, string named, string mask, int length)
    {
        using var fixture = new TokenizerFixture(Json(Words), config: $$"""{"eos_token": "world", "mask_token": "{{named}}"}""");
        Tokenizer tokenizer = fixture.Open().With(TokenizerSetup.For(modelType));
        Assert.Equal((mask, length), (tokenizer.SpecialTokens.Mask, tokenizer.VocabularySize));
        Assert.Equal(tokenizer.TokenToId(mask), tokenizer.SpecialTokens.MaskId);
    }

    // Published tokenizers may name a mask of other uses beside the one that the model was trained with.
    [Fact]
    public void AFamilysMaskInTheVocabularyIsTheMaskWhateverIsNamed()
    {
        const string Config = """
            {"eos_token": "world", "mask_token": "hello", "additional_special_tokens": ["<|mask|>"]}
            """;
        using var fixture = new TokenizerFixture(Json(Words), config: Config);
        Tokenizer tokenizer = fixture.Open();
        Assert.Equal("<|mask|>", tokenizer.With(TokenizerSetup.For("llada2_moe")).SpecialTokens.Mask);
        Assert.Equal("hello", tokenizer.With(TokenizerSetup.For("llada")).SpecialTokens.Mask);
    }

    [Fact]
    public void ASetupNeedsAnEndOrAPad()
    {
        var error = Assert.Throws<DllmException>(() => Open(Words).With(TokenizerSetup.For("bert")));
        Assert.Contains("eos_token", error.Message, StringComparison.Ordinal);
        Assert.Null(TokenizerSetup.For("something-else").EndOfTurn);
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsNamed()
    {
        using var fixture = new TokenizerFixture(Json(Words));
        string blocked = fixture.File("tokenizer.json");
        Assert.Contains(blocked, Assert.Throws<DllmException>(() => fixture.Open().Save(blocked)).Message, StringComparison.Ordinal);
    }
}
