namespace Dllm.Cli.Quickstart.World;

/// <summary>Counting what was bought, found, given away or put together.</summary>
internal static class CountingTalk
{
    /// <summary>The kind of the sums, which are trained but not counted in the evaluation.</summary>
    public const string SumKind = "sums";

    public static Conversation Ask(SplitMix64 random)
    {
        var goods = random.Pick(Lexicon.Goods);
        var names = random.Several(Lexicon.Names, 2);
        var (total, part) = Split(random);
        return random.Below(3) switch
        {
            0 => Gain(random, "counting", names[0], total, part, goods),
            1 => new("counting",
                $"{names[0]} has {Lexicon.Count(total, goods)} and {Loss(random, part, names[1])}. {HowManyNow(random, names[0], goods)}",
                $"{names[0]} has {Lexicon.Count(total - part, goods)}."),
            _ => new("counting",
                $"{names[0]} has {Lexicon.Count(total - part, goods)} and {names[1]} has {Lexicon.Count(part, goods)}. "
                    + random.Pick([$"how many {goods.Many} do they have?", $"how many {goods.Many} is that together?"]),
                $"together they have {Lexicon.Count(total, goods)}."),
        };
    }

    /// <summary>Buys first; then, in a second turn, gives some of the sum away. The second answer needs the first.</summary>
    public static Conversation Continue(SplitMix64 random)
    {
        var goods = random.Pick(Lexicon.Goods);
        var names = random.Several(Lexicon.Names, 2);
        var (total, part) = Split(random);
        int given = random.Between(1, total - 1);
        var first = Gain(random, "talks", names[0], total, part, goods);
        return first with
        {
            Turns =
            [
                .. first.Turns,
                $"{random.Pick(["then", "now"])} {names[0]} {Loss(random, given, names[1])}. {random.Pick(["how many now?", "how many are left?"])}",
                $"{names[0]} has {Lexicon.Count(total - given, goods)}.",
            ],
        };
    }

    /// <summary>A sum or a difference without a story: "what is 2 plus 3?".</summary>
    public static Conversation Sum(SplitMix64 random)
    {
        var (total, part) = Split(random);
        var (asked, result) = random.OneIn(2) ? ($"{total - part} plus {part}", total) : ($"{total} minus {part}", total - part);
        return new(SumKind, $"what is {asked}{random.Pick(["?", ""])}", $"{asked} is {result}.");
    }

    private static (int Total, int Part) Split(SplitMix64 random)
    {
        int total = random.Between(2, Lexicon.LargestNumber);
        return (total, random.Between(1, total - 1));
    }

    private static Conversation Gain(SplitMix64 random, string kind, string name, int total, int part, (string One, string Many) goods) => new(kind,
        $"{name} has {Lexicon.Count(total - part, goods)} and {random.Pick(["buys", "finds", "gets"])} {part} more. {HowManyNow(random, name, goods)}",
        $"{name} has {Lexicon.Count(total, goods)}.");

    private static string Loss(SplitMix64 random, int part, string other) =>
        random.Pick([$"gives {part} to {other}", $"loses {part}", $"sells {part}"]);

    private static string HowManyNow(SplitMix64 random, string name, (string One, string Many) goods) =>
        random.Pick([$"how many {goods.Many} does {name} have now?", $"how many {goods.Many} does {name} have?", $"how many {goods.Many} now?"]);
}
