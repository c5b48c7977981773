namespace Dllm.Cli.Quickstart.World;

/// <summary>Facts from the table, asked in many ways. Every fact is asked in training, but not in every wording: one in eight is kept back.</summary>
internal static class FactTalk
{
    private static readonly string[] Openings = ["", "", "please help me: ", "i want to know: ", "a question: ", "tell me: "];

    public static Conversation Ask(SplitMix64 random)
    {
        var fact = random.Pick(Facts.All);
        string question = fact.Relation.Ask(fact, random.Below(fact.Relation.Questions.Length));
        return new("facts", random.Pick(Openings) + question, fact.Sentence);
    }

    /// <summary>The question of a prompt, whatever stands before it: what the split goes by, so that a new opening alone makes no new question.</summary>
    public static string Question(string prompt) => prompt[(prompt.LastIndexOf(": ", StringComparison.Ordinal) is >= 0 and var colon ? colon + 2 : 0)..];
}
