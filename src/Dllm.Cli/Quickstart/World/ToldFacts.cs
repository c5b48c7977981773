namespace Dllm.Cli.Quickstart.World;

/// <summary>Two things that a user tells: who is where, or what has which colour. Both sides of a talk are made from it.</summary>
/// <param name="Subjects">"anna", or "the ball".</param>
/// <param name="Links">"is in the", or "is".</param>
/// <param name="Values">The two told values.</param>
/// <param name="AskFor">The question word: "where is", or "what colour is".</param>
internal sealed record ToldFacts(string[] Subjects, string Links, string[] Values, string AskFor)
{
    public static ToldFacts Make(SplitMix64 random) => random.OneIn(2)
        ? new(random.Several(Lexicon.Names, 2), "is in the", random.Several(Lexicon.Places, 2), "where is")
        : new([.. random.Several(Lexicon.Things, 2).Select(thing => "the " + thing)], "is", random.Several(Lexicon.Colours, 2), "what colour is");

    /// <summary>"anna is in the zoo."</summary>
    public string Sentence(int i) => $"{Subjects[i]} {Links} {Values[i]}.";

    /// <summary>Both facts in one sentence or in two.</summary>
    public string Story(SplitMix64 random) => random.OneIn(2)
        ? $"{Sentence(0)} {Sentence(1)}"
        : $"{Sentence(0)[..^1]} and {Sentence(1)}";

    /// <summary>"where is anna?"</summary>
    public string Question(int i) => $"{AskFor} {Subjects[i]}?";
}
