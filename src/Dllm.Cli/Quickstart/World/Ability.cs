namespace Dllm.Cli.Quickstart.World;

/// <summary>What somebody can do or can not do: what yes-or-no questions are about.</summary>
internal sealed record Ability(string Name, string Skill, bool Can)
{
    /// <summary>Two abilities that are easily mixed up: one person's, or of one skill.</summary>
    public static Ability[] Told(SplitMix64 random)
    {
        var names = random.Several(Lexicon.Names, 2);
        var skills = random.Several(Lexicon.Skills, 2);
        bool onePerson = random.OneIn(2);
        return
        [
            new(names[0], skills[0], random.OneIn(2)),
            new(onePerson ? names[0] : names[1], onePerson || random.OneIn(2) ? skills[1] : skills[0], random.OneIn(2)),
        ];
    }

    /// <summary>The abilities in a sentence each, or two in one.</summary>
    public static string Story(SplitMix64 random, IReadOnlyList<Ability> told) => told.Count == 2 && random.OneIn(2)
        ? $"{told[0].Sentence[..^1]} and {told[1].Sentence}"
        : string.Join(' ', told.Select(ability => ability.Sentence));

    /// <summary>"anna can not swim."</summary>
    public string Sentence => $"{Name} {(Can ? "can" : "can not")} {Skill}.";

    /// <summary>"can anna swim?"</summary>
    public string Question => $"can {Name} {Skill}?";

    /// <summary>"no, anna can not swim."</summary>
    public string Answer => $"{(Can ? "yes" : "no")}, {Sentence}";
}
