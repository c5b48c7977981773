using System.Globalization;
using System.Text.RegularExpressions;

namespace Dllm.Tests.Quickstart;

/// <summary>
/// Works out the answer to a conversation of the quickstart's world from its text alone: written without the generators, to examine them.
/// </summary>
internal sealed class Reader(IReadOnlyDictionary<string, string> factsByQuestion)
{
    /// <summary>What a careful reader answers to the last question of <paramref name="turns"/>.</summary>
    public string Answer(string[] turns)
    {
        string asked = turns[^1];
        string heard = string.Join(' ', turns.Where((_, i) => i % 2 == 0));   // what the user said
        return Fact(asked) ?? Sum(asked) ?? List(asked) ?? Name(asked, heard, turns.Length) ?? Count(turns) ?? YesOrNo(asked) ?? Told(asked, heard)
            ?? throw new InvalidOperationException($"cannot read '{asked}'");
    }

    private string? Fact(string asked)
    {
        string question = Regex.Replace(asked, "^(please help me|i want to know|a question|tell me): ", "");
        return factsByQuestion.GetValueOrDefault(question);
    }

    private static string? Sum(string asked)
    {
        var sum = Regex.Match(asked, @"^what is (\d+) (plus|minus) (\d+)\??$");
        if (!sum.Success) return null;
        int a = int.Parse(sum.Groups[1].Value, CultureInfo.InvariantCulture), b = int.Parse(sum.Groups[3].Value, CultureInfo.InvariantCulture);
        return sum.Groups[2].Value == "plus" ? $"{a} plus {b} is {a + b}." : $"{a} minus {b} is {a - b}.";
    }

    private static string? List(string asked)
    {
        string[] words = Regex.Replace(asked, "^(please repeat|please sort|sort the numbers|say after me|say backwards|turn round|repeat|sort|"
            + "what is the largest of|what is the smallest of|which is the largest|which is the smallest|what is):? ", "")
            .TrimEnd('.', '?').Split(' ');
        if (asked.Contains("backwards") || asked.StartsWith("turn round", StringComparison.Ordinal))
            return string.Join(' ', words.Where(word => word != "backwards").Reverse()) + ".";
        if (asked.Contains("repeat") || asked.StartsWith("say after", StringComparison.Ordinal)) return string.Join(' ', words) + ".";
        if (!words.All(word => int.TryParse(word, out _))) return null;
        var numbers = words.Select(word => int.Parse(word, CultureInfo.InvariantCulture)).Order().ToArray();
        if (asked.Contains("largest")) return $"the largest is {numbers[^1]}.";
        if (asked.Contains("smallest")) return $"the smallest is {numbers[0]}.";
        return asked.Contains("sort") ? string.Join(' ', numbers) + "." : null;
    }

    private static string? Name(string asked, string heard, int turns)
    {
        var me = Regex.Match(heard, @"\b(?:my name is|i am called|i am) (\w+)");
        if (!me.Success) return null;
        if (turns == 1) return $"hello {me.Groups[1].Value}, nice to meet you!";
        return asked.Contains("friend")
            ? $"your friend is called {Regex.Match(heard, @"friend is called (\w+)").Groups[1].Value}."
            : $"your name is {me.Groups[1].Value}.";
    }

    private static string? Count(string[] turns)
    {
        if (!turns[^1].Contains("how many")) return null;
        var have = Regex.Match(turns[0], @"^(\w+) has (\d+) (\w+) and");
        var (name, goods) = (have.Groups[1].Value, have.Groups[3].Value);
        int number = Number(have.Groups[2]);
        var other = Regex.Match(turns[0], @"and \w+ has (\d+)");
        if (other.Success) return Say("together they have", number + Number(other.Groups[1]), goods);
        foreach (Match change in Regex.Matches(string.Join(' ', turns.Where((_, i) => i % 2 == 0)), @"(buys|finds|gets|gives|loses|sells) (\d+)"))
            number += change.Groups[1].Value is "buys" or "finds" or "gets" ? Number(change.Groups[2]) : -Number(change.Groups[2]);
        return Say($"{name} has", number, goods);

        static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);
        static string Say(string start, int number, string goods)
        {
            string one = goods.TrimEnd('s');
            return $"{start} {number} {(number == 1 ? one : one + "s")}.";
        }
    }

    private static string? YesOrNo(string asked)
    {
        var question = Regex.Match(asked, @"can (\w+) (\w+)\?$");
        if (!question.Success) return null;
        var told = Regex.Match(asked, $@"{question.Groups[1].Value} can (not )?{question.Groups[2].Value}(\.| and)");
        return told.Groups[1].Success
            ? $"no, {question.Groups[1].Value} can not {question.Groups[2].Value}."
            : $"yes, {question.Groups[1].Value} can {question.Groups[2].Value}.";
    }

    private static string? Told(string asked, string heard)
    {
        var told = Regex.Matches(heard, @"(?<who>\w+) is in the (?<what>\w+)(?=\.| and)|(?<who>the \w+) is (?<what>\w+)(?=\.| and)")
            .ToDictionary(match => match.Groups["who"].Value, match => match.Value);
        var question = Regex.Match(asked, @"(?:is|and|about) (?<who>the \w+|\w+)\?$");
        return question.Success ? told[question.Groups["who"].Value] + "."
            : told.Count == 2 ? "thank you, i will remember that." : null;
    }
}
