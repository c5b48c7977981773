namespace Dllm.Cli.Quickstart.World;

/// <summary>The people, places and things of the generated world. Everything is lower case, as in an uncased BERT, and every word is one token.</summary>
internal static class Lexicon
{
    public static readonly string[] Names = Words("""
        alice anna ben bob carl clara david diana emma eva felix frank gina grace henry hugo ida iris jack jonas
        kate lena leo max mia nina noah olga oscar paul peter rosa ruth sam sara tina tom vera victor walter
        """);

    public static readonly string[] Colours = Words("red blue green yellow black white brown pink");

    public static readonly string[] Things = Words("ball box cup hat book kite lamp bag boat chair coat bike car drum spoon shirt");

    /// <summary>Places that one can be "in the ... of".</summary>
    public static readonly string[] Places = Words("kitchen garden park school library museum bakery zoo forest market tower castle");

    public static readonly string[] Skills = Words("swim sing dance cook ski paint skate climb read ride");

    /// <summary>What is counted, as (one, many).</summary>
    public static readonly (string One, string Many)[] Goods =
    [
        ("apple", "apples"), ("pear", "pears"), ("plum", "plums"), ("egg", "eggs"), ("cookie", "cookies"),
        ("pencil", "pencils"), ("coin", "coins"), ("shell", "shells"), ("stamp", "stamps"), ("nut", "nuts"),
    ];

    /// <summary>The largest number of the world: sums stay at or below it.</summary>
    public const int LargestNumber = 10;

    /// <summary>Words that lists are made of.</summary>
    public static readonly string[] ListWords = [.. Colours, .. Things, .. Words("dog cat cow hen duck frog bee owl horse pig lion sheep"), .. Names];

    /// <summary>"1 apple", "3 apples".</summary>
    public static string Count(int number, (string One, string Many) goods) => $"{number} {(number == 1 ? goods.One : goods.Many)}";

    /// <summary>Splits a text at white space.</summary>
    public static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
