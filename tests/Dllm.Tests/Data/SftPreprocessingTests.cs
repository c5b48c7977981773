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

    [Theory]
    [InlineData(TrainOn.LastAssistantTurn, "e f <end>")]
    [InlineData(TrainOn.AllAssistantTurns, "b <end> e f <end>")]
    public void What_the_template_marks_is_learnt(TrainOn trainOn, string learnt)
    {
        // Thoughts of earlier answers are hidden, and what follows a mark is not learnt.
        var template = ChatTemplate.Parse("""
            {%- for m in messages -%}
            {%- if m.role == 'user' -%}{{- '<user> ' ~ m.content ~ ' ' -}}
            {%- else -%}{{- '<assistant> ' -}}
            {%- generation -%}{{- (m.thought ~ ' ' if loop.last else '') ~ m.content ~ ' <end>' -}}{%- endgeneration -%}{{- ' a ' -}}
            {%- endif -%}{%- endfor -%}
            {%- if add_generation_prompt -%}{{- '<assistant> ' -}}{%- endif -%}
            """);
        var preprocessing = new SftPreprocessing(new ConversationEncoder(WordTokenizer.Create(), template), new SftOptions { TrainOn = trainOn });

        var sample = Assert.Single(preprocessing.Prepare([new([new("user", "a"), Answer("b", "c"), new("user", "d"), Answer("f", "e")])]).Samples);

        Assert.Equal(WordTokenizer.Ids(learnt), Learnt(sample));
    }

    [Theory]
    [InlineData(TrainOn.LastAssistantTurn)]
    [InlineData(TrainOn.AllAssistantTurns)]
    [InlineData(TrainOn.AllTokens)]
    public void An_empty_answer_teaches_nothing_unless_the_template_shows_a_call(TrainOn trainOn)
    {
        var calls = new ChatMessage("assistant", "") { Fields = new Dictionary<string, object?> { ["tool_calls"] = new[] { "b" } } };
        Conversation[] conversations = [new([new("user", "a"), calls]), new([new("user", "a"), new("assistant", " ")])];
        var shows = ChatTemplate.Parse(
            "{% for m in messages %}{{ '<' + m.role + '> ' + m.content + ' ' + m.tool_calls | join(' ') + ' <end> ' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<assistant> ' }}{% endif %}");

        var hidden = Preprocessing(trainOn).Prepare(conversations);
        var shown = new SftPreprocessing(new ConversationEncoder(WordTokenizer.Create(), shows), new SftOptions { TrainOn = trainOn }).Prepare(conversations);

        Assert.Equal((0, 2), (hidden.Samples.Count, hidden.NoAnswer));
        Assert.Equal(["tool_calls"], hidden.NotInTemplate);
        Assert.Equal((1, 1), (shown.Samples.Count, shown.NoAnswer));
        Assert.Contains(WordTokenizer.Ids("b")[0], Learnt(shown.Samples[0]));
        Assert.Empty(shown.NotInTemplate);
    }

    [Fact]
    public void An_empty_answer_among_others_is_not_learnt()
    {
        var conversation = WordTokenizer.Chat("user: a | assistant: | user: c | assistant: d");

        Assert.Equal(WordTokenizer.Ids("d <end>"), Learnt(Assert.Single(Preprocessing(TrainOn.AllAssistantTurns).Prepare([conversation]).Samples)));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(0.0)]
    public void An_answer_of_weight_0_is_not_learnt(object weight)
    {
        var first = new ChatMessage("assistant", "b") { Fields = new Dictionary<string, object?> { ["weight"] = weight } };
        var sample = Preprocessing(TrainOn.AllAssistantTurns).Prepare([new([new("user", "a"), first, new("user", "c"), new("assistant", "d")])]).Samples[0];

        Assert.Equal(WordTokenizer.Ids("d <end>"), Learnt(sample));
    }

    [Fact]
    public void Variables_of_a_row_reach_the_template_and_columns_are_named_once()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}{{ m.content + ' ' + (tools | join(' ')) + ' ' }}{% endfor %}");
        var conversation = WordTokenizer.Chat("user: a | assistant: b") with
        {
            Variables = new Dictionary<string, object?> { ["tools"] = new[] { "c" }, ["documents"] = new[] { "d" } },
            UnusedColumns = ["x"],
        };
        var options = new SftOptions { TrainOn = TrainOn.AllTokens };

        var prepared = new SftPreprocessing(new ConversationEncoder(WordTokenizer.Create(), template), options).Prepare([conversation, conversation]);

        Assert.Equal(WordTokenizer.Ids("a c b c"), prepared.Samples[0].Ids);
        Assert.Equal(["x"], prepared.UnusedColumns);
        Assert.Equal(["documents"], prepared.NotInTemplate);
    }

    [Theory]
    [InlineData("{{ messages[0].role }}{# 'system' #}", "system")]
    [InlineData("{{ messages[0].role }}{# 'system' 'developer' #}", "developer")]
    [InlineData("{{ messages[0].role }}", "developer")]
    public void A_developer_is_the_system_to_templates_that_know_only_that(string template, string role)
        => Assert.Equal(role, new ConversationEncoder(WordTokenizer.Create(), ChatTemplate.Parse(template)).Render([new ChatMessage("developer", "a")]));

    [Fact]
    public void A_conversation_that_cannot_be_prepared_is_named_by_its_place()
    {
        var template = ChatTemplate.Parse("{{ raise_exception('no such talk') }}");
        var preprocessing = new SftPreprocessing(new ConversationEncoder(WordTokenizer.Create(), template));

        var e = Assert.Throws<DllmException>(() => preprocessing.Prepare([WordTokenizer.Chat("user: a | assistant: b") with { Origin = "a.jsonl, line 3" }]));

        Assert.StartsWith("a.jsonl, line 3: the conversation cannot be prepared:", e.Message);
    }

    private static ChatMessage Answer(string content, string thought)
        => new("assistant", content) { Fields = new Dictionary<string, object?> { ["thought"] = thought } };

    [Fact]
    public void A_tokenizer_without_a_template_is_refused()
        => Assert.Contains("no chat template", Assert.Throws<DllmException>(() => new ConversationEncoder(WordTokenizer.Create())).Message);
}
