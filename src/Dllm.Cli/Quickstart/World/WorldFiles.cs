using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dllm.Cli.Quickstart.World;

/// <summary>Writes the world as files that any other tool can read: what `dllm quickstart --write-data DIR` does.</summary>
internal static class WorldFiles
{
    /// <summary>The seed of everything that the quickstart bundles.</summary>
    public const ulong Seed = 2026;

    /// <summary>Scenes in corpus.jsonl, about 20 tokens each.</summary>
    public const int CorpusLines = 400_000;

    /// <summary>Conversations in train.jsonl, small talk and sums not counted.</summary>
    public const int TrainConversations = 12_000;

    /// <summary>Conversations in heldout.jsonl.</summary>
    public const int HeldOutConversations = 600;

    /// <summary>Writes corpus.jsonl (a scene a line: text), train.jsonl and heldout.jsonl (a conversation a line: kind, messages) and the tokenizer.</summary>
    public static void Write(string directory, int corpusLines = CorpusLines)
    {
        OutputFolder.Make(directory, "--write-data");
        File.WriteAllLines(Path.Combine(directory, "corpus.jsonl"), Corpus.Write(Seed).Take(corpusLines).Select(text => JsonSerializer.Serialize(new { text }, Plain)));
        var conversations = Conversations.Make(Seed, TrainConversations, HeldOutConversations);
        File.WriteAllLines(Path.Combine(directory, "train.jsonl"), conversations.Train.Select(Line));
        File.WriteAllLines(Path.Combine(directory, "heldout.jsonl"), conversations.HeldOut.Select(Line));
        WorldVocabulary.Build().Save(directory);
    }

    private static string Line(Conversation conversation) => JsonSerializer.Serialize(
        new
        {
            kind = conversation.Kind,
            messages = conversation.Turns.Select((text, i) => new { role = i % 2 == 0 ? "user" : "assistant", content = text }),
        },
        Plain);

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
