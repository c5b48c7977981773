namespace Dllm.Cli.Quickstart.World;

/// <summary>Yes or no about what was just told, and talks in two turns whose second answer needs the first turn.</summary>
internal static class ToldTalk
{
    /// <summary>"... can anna swim?" with the answer "yes, anna can swim." or "no, anna can not swim."</summary>
    public static Conversation YesOrNo(SplitMix64 random)
    {
        var told = Ability.Told(random);
        var asked = random.Pick(told);
        return new("yes/no", $"{Ability.Story(random, told)} {random.Pick(["", "tell me: "])}{asked.Question}", asked.Answer);
    }

    /// <summary>Asks for one of two told facts, then for the other in a second turn: "and ben?". One in six ends after the first answer.</summary>
    public static Conversation Continue(SplitMix64 random)
    {
        var told = ToldFacts.Make(random);
        int first = random.Below(2);
        int second = 1 - first;
        string story = told.Story(random);
        if (random.OneIn(3))
        {
            const string Thanks = "thank you, i will remember that.";
            return random.OneIn(3)
                ? new("talks", story, Thanks)
                : new("talks", story, Thanks, told.Question(first), told.Sentence(first));
        }

        string opening = $"{story} {told.Question(first)}";
        return random.OneIn(6)
            ? new("talks", opening, told.Sentence(first))
            : new("talks", opening, told.Sentence(first),
                random.Pick([$"and {told.Subjects[second]}?", $"and {told.Question(second)}", $"what about {told.Subjects[second]}?"]),
                told.Sentence(second));
    }
}
