namespace Dllm.Cli.Quickstart.World;

/// <summary>
/// What the base reads: short scenes in plain statements, without a question and without a dialogue. Each scene says the same thing more than
/// once in other words, so that a masked word can be found by copying, binding ("the red ball ... the ball is red"), counting or turning round:
/// the skills that the conversations will ask for later. A line is a scene.
/// </summary>
internal static class Corpus
{
    // The more a skill binds (who is where, what has which colour), the more practice it needs.
    private static readonly (int Weight, Func<SplitMix64, string> Write)[] Scenes =
    [
        (16, WhoIsWhere),
        (14, ColoursOfThings),
        (16, BuyingAndGiving),
        (10, Sums),
        (8, ListsOfWords),
        (6, ListsOfNumbers),
        (10, Introductions),
        (16, WhoCanDoWhat),
        (10, SomeFacts),
    ];

    /// <summary>An endless stream of scenes; the same seed gives the same stream.</summary>
    public static IEnumerable<string> Write(ulong seed)
    {
        var random = new SplitMix64(seed);
        int total = Scenes.Sum(scene => scene.Weight);
        while (true)
        {
            int ticket = random.Below(total);
            int scene = 0;
            while (ticket >= Scenes[scene].Weight) ticket -= Scenes[scene++].Weight;
            yield return Scenes[scene].Write(random);
        }
    }

    private static string WhoIsWhere(SplitMix64 random)
    {
        int count = HowMany(random);
        var names = random.Several(Lexicon.Names, count);
        var places = random.Several(Lexicon.Places, count);
        string Is(int i) => $"{names[i]} is in the {places[i]}";
        string Opening(int i) => random.Pick([Is(i), $"{names[i]} goes to the {places[i]}", $"in the {places[i]} there is {names[i]}"]) + ".";
        string Again(int i) => random.OneIn(4) ? $"in the {places[i]} there is {names[i]}." : Is(i) + ".";
        return Scene(random, count, Is, Opening, Again);
    }

    private static string ColoursOfThings(SplitMix64 random)
    {
        int count = HowMany(random);
        var things = random.Several(Lexicon.Things, count);
        var colours = random.Several(Lexicon.Colours, count);
        string Is(int i) => $"the {things[i]} is {colours[i]}";
        string Opening(int i) => random.Pick([Is(i), $"{random.Pick(Lexicon.Names)} has a {colours[i]} {things[i]}", $"there is a {colours[i]} {things[i]}"]) + ".";
        string Again(int i) => random.OneIn(4) ? $"the {colours[i]} one is the {things[i]}." : Is(i) + ".";
        return Scene(random, count, Is, Opening, Again);
    }

    // Short scenes are where copying is learned first: with one thing to find, attention has little to be distracted by.
    private static int HowMany(SplitMix64 random) => random.Pick([1, 1, 1, 2, 2, 2, 2, 3]);

    // Opens with every item once, then comes back to each in another order.
    private static string Scene(SplitMix64 random, int count, Func<int, string> fact, Func<int, string> opening, Func<int, string> again)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        int joined = count > 1 && random.OneIn(3) ? 2 : 0;
        List<string> sentences = joined > 0 ? [$"{fact(0)} and {fact(1)}."] : [];
        sentences.AddRange(all[joined..].Select(opening));
        sentences.AddRange(random.Several(all, count).Select(again));
        return string.Join(' ', sentences);
    }

    // "anna can swim. you may think that anna can swim. yes, anna can swim.": what was told decides between yes and no.
    private static string WhoCanDoWhat(SplitMix64 random)
    {
        var told = Ability.Told(random)[..random.Pick([1, 2, 2])];
        var again = random.Several(told, told.Length).Select(ability => random.Below(3) switch
        {
            0 => $"so {ability.Sentence}",
            1 => ability.Answer,
            _ => $"{random.Pick(["you may think that", "somebody says that"])} {ability.Name} can {ability.Skill}. {ability.Answer}",
        });
        return $"{Ability.Story(random, told)} {string.Join(' ', again)}";
    }

    private static string BuyingAndGiving(SplitMix64 random)
    {
        var goods = random.Pick(Lexicon.Goods);
        var names = random.Several(Lexicon.Names, 2);
        int total = random.Between(2, Lexicon.LargestNumber);
        int part = random.Between(1, total - 1);
        string First(int number) => $"{names[0]} has {Lexicon.Count(number, goods)}";
        string gain = $"{random.Pick(["buys", "finds", "gets"])} {part} more";
        string loss = random.Pick([$"gives {part} to {names[1]}", $"loses {part}", $"sells {part}"]);
        string now = random.Pick(["now ", "so ", ""]);
        switch (random.Below(3))
        {
            case 0:
                string bought = $"{First(total - part)} and {gain}. {now}{First(total)}.";
                if (random.OneIn(2)) return bought;
                int given = random.Between(1, total - 1);
                return $"{bought} then {names[0]} gives {given} to {names[1]}. {now}{First(total - given)}.";
            case 1:
                return $"{First(total)} and {loss}. {now}{First(total - part)}.";
            default:
                return $"{First(total - part)} and {names[1]} has {Lexicon.Count(part, goods)}. together they have {Lexicon.Count(total, goods)}.";
        }
    }

    private static string Sums(SplitMix64 random)
    {
        return string.Join(' ', Enumerable.Range(0, 4).Select(_ =>
        {
            int total = random.Between(2, Lexicon.LargestNumber);
            int part = random.Between(1, total - 1);
            return random.OneIn(2) ? $"{total - part} plus {part} is {total}." : $"{total} minus {part} is {total - part}.";
        }));
    }

    private static string ListsOfWords(SplitMix64 random)
    {
        var words = random.Several(Lexicon.ListWords, random.Pick([1, 2, 2, 3, 3, 3, 4, 4]));
        string list = string.Join(' ', words);
        string turned = string.Join(' ', words.Reverse());
        var names = random.Several(Lexicon.Names, 2);
        string copied = random.Pick([$"{names[1]} repeats: {list}.", $"and again: {list}.", $"{names[1]} says the same: {list}."]);
        string backwards = $"backwards it is: {turned}.";
        return $"{names[0]} says: {list}. " + random.Below(3) switch { 0 => copied, 1 => backwards, _ => $"{copied} {backwards}" };
    }

    private static string ListsOfNumbers(SplitMix64 random)
    {
        var numbers = random.Several([.. Enumerable.Range(1, Lexicon.LargestNumber)], 3);
        int[] sorted = [.. numbers.Order()];
        string[] views =
        [
            $"sorted they are: {string.Join(' ', sorted)}.",
            $"the largest is {sorted[^1]}.",
            $"the smallest is {sorted[0]}.",
        ];
        return $"the numbers are: {string.Join(' ', numbers)}. {string.Join(' ', random.Several(views, 3))}";
    }

    private static string Introductions(SplitMix64 random)
    {
        var names = random.Several(Lexicon.Names, 4);
        return random.Below(5) switch
        {
            0 => $"my name is {names[0]}. i am {names[0]}.",
            1 => $"i am called {names[0]}, so my name is {names[0]}.",
            2 => $"{names[0]} tells us: my name is {names[0]} and my friend is called {names[1]}. "
                + $"we tell {names[0]}: your name is {names[0]} and your friend is called {names[1]}.",
            3 => $"dear {names[0]}, my name is {names[1]}. your name is {names[0]}. my friend is called {names[2]} and "
                + $"your friend is called {names[3]}. nice to meet you, {names[0]}! goodbye, {names[1]}.",
            _ => $"{names[0]} says: {random.Pick(["i am", "my name is", "i am called"])} {names[0]}. "
                + $"we say: hello {names[0]}, nice to meet you! your name is {names[0]}.",
        };
    }

    private static string SomeFacts(SplitMix64 random) =>
        string.Join(' ', random.Several(Facts.All, 4).Select(fact => fact.Relation.Say(fact, random.Below(fact.Relation.Statements.Length))));
}
