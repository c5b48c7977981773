namespace Dllm.Cli.Quickstart.World;

/// <summary>Repeating, turning round and ordering lists; the largest and the smallest number.</summary>
internal static class ListTalk
{
    public static Conversation Ask(SplitMix64 random)
    {
        var words = random.Several(Lexicon.ListWords, random.Pick([2, 3, 3, 3, 4]));
        var numbers = random.Several([.. Enumerable.Range(1, Lexicon.LargestNumber)], 3);
        string List<T>(IEnumerable<T> items) => string.Join(' ', items);
        return random.Below(5) switch
        {
            0 => Of(random, ["repeat: {0}.", "say after me: {0}.", "please repeat {0}."], List(words), List(words)),
            1 => Of(random, ["say backwards: {0}.", "turn round: {0}.", "what is {0} backwards?"], List(words), List(words.Reverse())),
            2 => Of(random, ["sort: {0}.", "please sort {0}.", "sort the numbers {0}."], List(numbers), List(numbers.Order())),
            3 => Of(random, ["what is the largest of {0}?", "which is the largest: {0}?"], List(numbers), $"the largest is {numbers.Max()}"),
            _ => Of(random, ["what is the smallest of {0}?", "which is the smallest: {0}?"], List(numbers), $"the smallest is {numbers.Min()}"),
        };
    }

    private static Conversation Of(SplitMix64 random, string[] wordings, string list, string answer) =>
        new("lists", random.Pick(wordings).Replace("{0}", list), answer + ".");
}
