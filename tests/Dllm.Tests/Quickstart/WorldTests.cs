using System.Text.Json;
using Dllm.Cli.Quickstart.World;

namespace Dllm.Tests.Quickstart;

/// <summary>The generated world: the same everywhere, fair (nothing examined was trained on), true (every answer follows) and closed (no unknown word).</summary>
public class WorldTests
{
    private static readonly Conversations World = Conversations.Make(seed: 7, train: 6_000, heldOut: 600);

    [Fact]
    public void Generator_gives_the_published_numbers()
    {
        var random = new SplitMix64(1234567);   // the test vector of SplitMix64's reference implementation
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.Next(), random.Next(), random.Next()]);
    }

    [Fact]
    public void Same_seed_gives_the_same_world_and_another_seed_another()
    {
        Assert.Equal(Corpus.Write(3).Take(200), Corpus.Write(3).Take(200));
        Assert.NotEqual(Corpus.Write(3).Take(200), Corpus.Write(4).Take(200));
        var again = Conversations.Make(seed: 7, train: 6_000, heldOut: 600);
        Assert.Equal(World.Train.Select(Text), again.Train.Select(Text));
        Assert.Equal(World.HeldOut.Select(Text), again.HeldOut.Select(Text));
    }

    [Fact]
    public void No_held_out_prompt_is_ever_trained_on_whatever_the_seed()
    {
        var trained = new[] { World, Conversations.Make(seed: 8, train: 6_000, heldOut: 60) }
            .SelectMany(world => world.Train).Select(conversation => conversation.Prompt).ToHashSet();
        Assert.DoesNotContain(World.HeldOut, conversation => trained.Contains(conversation.Prompt));
        Assert.Equal(World.HeldOut.Count, World.HeldOut.Select(conversation => conversation.Prompt).Distinct().Count());
    }

    [Fact]
    public void An_examined_question_for_a_fact_is_never_heard_in_training_not_even_behind_another_opening()
    {
        var heard = World.Train.SelectMany(conversation => conversation.Turns).Select(FactTalk.Question).ToHashSet();
        Assert.DoesNotContain(World.HeldOut.Where(conversation => conversation.Kind == "facts"),
            conversation => heard.Contains(FactTalk.Question(conversation.Prompt)));
    }

    [Fact]
    public void Every_kind_is_trained_and_examined_in_equal_parts()
    {
        foreach (string kind in Conversations.Kinds)
        {
            Assert.Equal(100, World.HeldOut.Count(conversation => conversation.Kind == kind));
            Assert.InRange(World.Train.Count(conversation => conversation.Kind == kind), 900, 1_000);
        }
    }

    [Fact]
    public void Every_question_of_small_talk_is_taught_several_times()
    {
        var taught = World.Train.Where(conversation => conversation.Kind == SmallTalk.Kind).CountBy(conversation => conversation.Turns[^2]).ToDictionary();
        Assert.All(SmallTalk.Questions, question => Assert.InRange(taught.GetValueOrDefault(question.Text), 5, 20));
    }

    [Fact]
    public void Every_answer_follows_from_what_was_said()
    {
        var facts = Facts.All.SelectMany(fact => fact.Relation.Questions.Select((_, i) => (Question: fact.Relation.Ask(fact, i), fact.Sentence)))
            .ToDictionary(pair => pair.Question, pair => pair.Sentence);
        var reader = new Reader(facts);
        Assert.All(World.Train.Concat(World.HeldOut).Where(conversation => conversation.Kind != SmallTalk.Kind),
            conversation => Assert.Equal(reader.Answer(conversation.Turns[..^1]), conversation.Answer));
    }

    [Fact]
    public void Every_word_is_one_token()
    {
        var tokenizer = WorldVocabulary.Build();
        Assert.InRange(tokenizer.VocabularySize, 300, 1_000);
        var texts = Corpus.Write(seed: 99).Take(3_000).Concat(World.Train.Concat(World.HeldOut).SelectMany(conversation => conversation.Turns));
        Assert.All(texts.SelectMany(WorldVocabulary.Words).Distinct(), word => Assert.Single(tokenizer.Encode(word, addSpecialTokens: false)));
    }

    [Fact]
    public void The_bundled_checkpoints_have_this_vocabulary()
    {
        string directory = Directory.CreateTempSubdirectory("dllm-vocabulary").FullName;
        try
        {
            WorldVocabulary.Build().Save(directory);
            byte[] built = File.ReadAllBytes(Path.Combine(directory, "tokenizer.json"));
            Assert.All((string[])["Base", "Chat"], name =>
                Assert.Equal(built, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Quickstart", name, "tokenizer.json"))));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Unknown_words_are_spelt_and_come_back()
    {
        var tokenizer = WorldVocabulary.Build();
        Assert.Equal("zoltan likes c#.", tokenizer.Decode(tokenizer.Encode("Zoltan likes C#.", addSpecialTokens: false)).Replace(" #", "#"));
    }

    [Fact]
    public void The_corpus_holds_statements_only()
    {
        Assert.All(Corpus.Write(seed: 5).Take(5_000), scene =>
        {
            Assert.DoesNotContain('?', scene);
            Assert.InRange(WorldVocabulary.Words(scene).Count(), 6, 56);
        });
    }

    [Fact]
    public void Files_hold_a_scene_or_a_conversation_a_line()
    {
        string directory = Directory.CreateTempSubdirectory("dllm-world").FullName;
        try
        {
            WorldFiles.Write(directory, corpusLines: 10);
            var scenes = File.ReadAllLines(Path.Combine(directory, "corpus.jsonl"));
            Assert.Equal(10, scenes.Length);
            Assert.NotEmpty(JsonDocument.Parse(scenes[0]).RootElement.GetProperty("text").GetString()!);
            var lines = File.ReadAllLines(Path.Combine(directory, "heldout.jsonl"));
            Assert.Equal(WorldFiles.HeldOutConversations, lines.Length);
            var messages = JsonDocument.Parse(lines[0]).RootElement.GetProperty("messages");
            Assert.Equal("user", messages[0].GetProperty("role").GetString());
            Assert.Equal("assistant", messages[messages.GetArrayLength() - 1].GetProperty("role").GetString());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Text(Conversation conversation) => string.Join('\n', conversation.Turns);
}
