using Dllm.Data;
using Dllm.Tokenization;

namespace Dllm.Tests.Data;

public class SftPreprocessingTests
{
    private const string TwoTurns = "user: a | assistant: b | user: c | assistant: d e";

    private static SftPreprocessing Preprocessing(TrainOn trainOn = TrainOn.LastAssistantTurn, int maxLength = 100)
        => new(WordTokenizer.Encoder(), new SftOptions { TrainOn = trainOn, Length = new LengthLimit { MaxLength = maxLength } });

    private static PreparedSamples Prepare(SftPreprocessing preprocessing, params string[] chats)
        => preprocessing.Prepare(chats.Select(WordTokenizer.Chat));

    /// <summary>The words that are learnt, in order.</summary>
    private static int[] Learnt(TokenizedSample sample)
    {
        Assert.All(sample.Ids.Zip(sample.Labels), pair => Assert.True(pair.Second == -100 || pair.Second == pair.First));
        return [.. sample.Labels.Where(label => label != -100)];
    }

    [Fact]
    public void By_default_only_the_last_answer_is_learnt()
    {
        var sample = Assert.Single(Prepare(Preprocessing(), TwoTurns).Samples);

        Assert.Equal(WordTokenizer.Ids("<user> a <end> <assistant> b <end> <user> c <end> <assistant> d e <end>"), sample.Ids);
        Assert.Equal(WordTokenizer.Ids("d e <end>"), Learnt(sample));
        Assert.Equal(10, sample.PromptLength);
    }

    [Fact]
    public void Every_answer_can_be_learnt()
    {
        var sample = Assert.Single(Prepare(Preprocessing(TrainOn.AllAssistantTurns), TwoTurns).Samples);

        Assert.Equal(WordTokenizer.Ids("b <end> d e <end>"), Learnt(sample));
        Assert.Equal(4, sample.PromptLength);
    }

    [Fact]
    public void Or_everything()
        => Assert.Equal(13, Learnt(Assert.Single(Prepare(Preprocessing(TrainOn.AllTokens), TwoTurns).Samples)).Length);

    [Fact]
    public void What_follows_the_last_answer_is_left_out()
    {
        var samples = Prepare(Preprocessing(), "user: a | assistant: b | user: c", "user: a | assistant: b").Samples;

        Assert.Equal(samples[1].Ids, samples[0].Ids);
    }

    [Theory]
    [InlineData(TrainOn.LastAssistantTurn)]
    [InlineData(TrainOn.AllAssistantTurns)]
    public void Conversations_without_an_answer_are_dropped_and_counted(TrainOn trainOn)
    {
        var prepared = Prepare(Preprocessing(trainOn), "user: a", "assistant: a", "user: a | user: b", "", "user: a | assistant: b");

        Assert.Single(prepared.Samples);
        Assert.Equal((5, 4), (prepared.Read, prepared.NoAnswer));
    }

    [Fact]
    public void Mapping_one_message_is_one_clear_error()
    {
        var e = Assert.Throws<DllmException>(() => Preprocessing().Map(WordTokenizer.Chat("user: a")));

        Assert.Contains("1 messages has no answer", e.Message);
    }

    [Theory]
    [InlineData(4, 0, 0)] // the prompt alone
    [InlineData(5, 1, 1)]
    [InlineData(6, 1, 0)]
    public void A_prompt_that_fills_the_length_is_dropped(int maxLength, int kept, int cut)
    {
        var prepared = Prepare(Preprocessing(maxLength: maxLength), "user: a | assistant: b");

        Assert.Equal((kept, cut, 1 - kept), (prepared.Samples.Count, prepared.Cut, prepared.NoResponse));
    }

    [Fact]
    public void When_nothing_is_left_the_error_says_why()
    {
        var prepared = Prepare(Preprocessing(), "user: a", "user: b");

        Assert.Contains("0 of 2 rows (2 without an answer)", Assert.Throws<DllmException>(() => prepared.RequireAny("training")).Message);
    }

    [Fact]
    public void A_template_that_rewrites_earlier_turns_cannot_teach_all_of_them()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}{{ m['content'] if loop.last else 'f' }} {% endfor %}");
        var preprocessing = new SftPreprocessing(
            new ConversationEncoder(WordTokenizer.Create(), template), new SftOptions { TrainOn = TrainOn.AllAssistantTurns });

        var e = Assert.Throws<DllmException>(() => Prepare(preprocessing, "user: a | assistant: b", TwoTurns));

        Assert.StartsWith("conversation 1 cannot be prepared: the chat template writes message 2 differently", e.Message);
    }

    [Fact]
    public void A_refusal_of_the_template_names_the_conversation()
    {
        var template = ChatTemplate.Parse("{{ raise_exception('no such talk') }}");
        var preprocessing = new SftPreprocessing(new ConversationEncoder(WordTokenizer.Create(), template));

        var e = Assert.Throws<DllmException>(() => preprocessing.Prepare([WordTokenizer.Chat("user: a | assistant: b")]));

        Assert.Contains("conversation 1", e.Message);
        Assert.Contains("no such talk", e.Message);
    }

    [Fact]
    public void A_tokenizer_without_a_template_is_refused()
        => Assert.Contains("no chat template", Assert.Throws<DllmException>(() => new ConversationEncoder(WordTokenizer.Create())).Message);
}
