namespace Dllm.Cli.Quickstart.World;

/// <summary>Names that were told in an earlier turn.</summary>
internal static class NameTalk
{
    private static readonly string[] Greetings = ["", "", "hello, ", "hi, ", "good day, "];
    private static readonly string[] Introductions = ["my name is {n}", "i am {n}", "i am called {n}"];
    private static readonly string[] WhoAmI = ["what is my name?", "who am i?", "do you know my name?", "tell me my name."];
    private static readonly string[] WhoIsFriend =
        ["what is my friend called?", "who is my friend?", "what is the name of my friend?", "tell me the name of my friend."];

    public static Conversation Ask(SplitMix64 random)
    {
        var names = random.Several(Lexicon.Names, 2);
        bool withFriend = random.OneIn(2);
        string introduction = random.Pick(Greetings) + random.Pick(Introductions).Replace("{n}", names[0])
            + (withFriend ? $" and my friend is called {names[1]}." : ".");
        string welcome = Welcome(names[0]);
        if (random.OneIn(6)) return new("names", introduction, welcome);

        var (question, answer) = withFriend && random.OneIn(2)
            ? (random.Pick(WhoIsFriend), $"your friend is called {names[1]}.")
            : (random.Pick(WhoAmI), $"your name is {names[0]}.");
        if (!random.OneIn(4)) return new("names", introduction, welcome, question, answer);

        var fact = random.Pick(Facts.All);   // something else in between, which must not give away a question of the examination
        string between = fact.Relation.Ask(fact, 0);
        return Conversations.IsKeptBack(between)
            ? new("names", introduction, welcome, question, answer)
            : new("names", introduction, welcome, between, fact.Sentence, question, answer);
    }

    /// <summary>A name told when asked for, and the welcome: "clara", "i am clara.".</summary>
    public static (string Text, string Welcome) Reply(SplitMix64 random)
    {
        string name = random.Pick(Lexicon.Names);
        string reply = random.OneIn(2) ? name : random.Pick(Introductions).Replace("{n}", name);
        return (reply + random.Pick(["", "."]), Welcome(name));
    }

    private static string Welcome(string name) => $"hello {name}, nice to meet you!";
}
