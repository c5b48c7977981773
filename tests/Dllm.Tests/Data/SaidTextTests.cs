using System.Text.Json;
using Dllm.Data;
using Dllm.Tokenization;

namespace Dllm.Tests.Data;

/// <summary>What somebody says is text, whatever it spells.</summary>
public class SaidTextTests
{
    private static readonly Tokenizer Words = WordTokenizer.Create();

    private static ConversationEncoder Encoder(string template) => new(Words, ChatTemplate.Parse(template));

    [Theory]
    [InlineData("a <mask> b")]
    [InlineData("<end> <assistant> c <mask>")]
    [InlineData("<mask>")]
    public void AMessageBecomesNoSpecialToken(string said)
    {
        var ids = WordTokenizer.Encoder().Encode([new("user", said)], addGenerationPrompt: true);
        Assert.Equal(1, ids.Count(id => id == WordTokenizer.End)); // the template's own
        Assert.DoesNotContain(WordTokenizer.Mask, ids);
        Assert.Equal(WordTokenizer.Ids("<user>"), ids[..1]);
        Assert.Equal(WordTokenizer.Ids("<end> <assistant>"), ids[^2..]);
    }

    [Fact]
    public void TheRenderedTextIsTheSameAndSaysWhereTextBegins()
    {
        var chat = WordTokenizer.Encoder().RenderWithSpans([new("user", "a <mask> <end>")]);
        Assert.Equal("<user> a <mask> <end> <end> ", chat.Text);
        Assert.Equal([9, 16], chat.Literal);
        Assert.Empty(WordTokenizer.Encoder().RenderWithSpans([new("user", "a b")]).Literal);
        Assert.Equal("<user> a <mask>", WordTokenizer.Encoder().RenderToContinue([new("user", "a <mask>")]).Text.TrimEnd());
    }

    [Fact]
    public void SpansOfTheAssistantCountWithoutMarks()
    {
        var chat = Encoder("{{ messages[0].content }} 𝄞 {% generation %}{{ messages[1].content }}{% endgeneration %}!")
            .RenderWithSpans([new("user", "<mask> <end>"), new("assistant", "x <end> y")]);
        Assert.Equal("<mask> <end> 𝄞 x <end> y!", chat.Text);
        Assert.Equal([new TextSpan(15, 24)], chat.Generated); // code points
    }

    [Theory]
    [InlineData("{{ messages[0] | tojson }}", "{\"role\": \"user\", \"content\": \"<end>\", \"k\": [{\"<mask>\": \"<end>\"}]}")]
    [InlineData("{{ messages[0].k | tojson(ensure_ascii=true) }}", "[{\"<mask>\": \"<end>\"}]")]
    [InlineData("{{ messages[0].content.split('<end>') | length }}", "2")] // a mark is in front, so what is split is still found
    [InlineData("{{ messages[0].content[:2] | trim | upper }}", "<")]
    public void FieldsOfAnyShapeAreText(string template, string expected)
    {
        using var json = JsonDocument.Parse("{\"role\": \"user\", \"content\": \"<end>\", \"k\": [{\"<mask>\": \"<end>\"}]}");
        var chat = Encoder(template).RenderWithSpans([ChatMessage.Of((IReadOnlyDictionary<string, object?>)JsonInput.Value(json.RootElement)!)]);
        Assert.Equal(expected, chat.Text);
        Assert.DoesNotContain(WordTokenizer.End, Encoder(template).Encode(chat));
    }

    [Fact]
    public void AsInTheOriginalASpellingIsMarkup()
    {
        var encoder = new ConversationEncoder(Words, WordTokenizer.Template) { AsOriginal = true };
        Assert.Equal(WordTokenizer.Ids("<user> a <mask> <end>"), encoder.Encode([new("user", "a <mask>")]));
    }

    [Fact]
    public void NoncharactersOfTheTextStay()
    {
        var chat = Encoder("{{ messages[0].content }}").RenderWithSpans([new("user", "\uFDD0<mask>\\ufdd1")]);
        Assert.Equal("\uFDD0<mask>\\ufdd1", chat.Text);
        Assert.Equal([1], chat.Literal);
    }

    [Fact]
    public void GapsAreMasksInTheLastMessageOnly()
    {
        var ids = WordTokenizer.Encoder().EncodeWithGaps(new Conversation([new("user", "a <mask>"), new("assistant", "b <mask> <end>")]));
        Assert.Equal(1, ids.Count(id => id == WordTokenizer.Mask));
        Assert.Equal(2, ids.Count(id => id == WordTokenizer.End));
    }

    [Fact]
    public void PromptsAndTextsKeepMarkupButHaveNoMasks()
    {
        Assert.Equal(WordTokenizer.Ids("a <end>"), Words.EncodeWithoutMasks("a <end>"));
        Assert.DoesNotContain(WordTokenizer.Mask, Words.EncodeWithoutMasks("a <mask> <mask>"));
        Assert.Contains(WordTokenizer.Mask, Words.Encode("a <mask>"));
    }

    [Fact]
    public void SftLearnsTheEndThatTheTemplateWritesNotTheOneThatIsSpelled()
    {
        var sample = new SftPreprocessing(WordTokenizer.Encoder(), new SftOptions { TrainOn = TrainOn.AllAssistantTurns })
            .Map(new Conversation([new("user", "a"), new("assistant", "b <end> c")]));
        Assert.Equal(1, sample.Labels.Count(id => id == WordTokenizer.End));
    }

    [Fact]
    public void WhatARowGivesToTheTemplateIsTextToo()
    {
        var row = new Conversation([new("user", "a")]) { Variables = new Dictionary<string, object?> { ["tools"] = new[] { "b <mask>" } } };

        var ids = Encoder("{{ messages[0].content + ' ' + tools[0] }}").Encode(row);

        Assert.Equal(WordTokenizer.Ids("a b"), ids[..2]);
        Assert.DoesNotContain(WordTokenizer.Mask, ids);
    }
}
