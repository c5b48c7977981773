namespace Dllm.Cli.Quickstart.World;

/// <summary>Facts from the table, asked in many ways. Some rows are never asked in training: their answers can only come from the base's reading.</summary>
internal static class FactTalk
{
    private static readonly string[] Openings = ["", "", "please help me: ", "i want to know: ", "a question: ", "tell me: "];

    public static Conversation Ask(SplitMix64 random) => Ask(random, random.Pick(Facts.All));

    public static Conversation Ask(SplitMix64 random, Fact fact)
    {
        string question = fact.Relation.Ask(fact, random.Below(fact.Relation.Questions.Length));
        return new("facts", random.Pick(Openings) + question, fact.Sentence);
    }

    /// <summary>Rows kept out of the training conversations altogether, about one in ten.</summary>
    public static bool IsReserved(Fact fact) => SplitMix64.Hash(fact.Key) % 10 == 0;
}
