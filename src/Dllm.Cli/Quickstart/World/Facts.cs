namespace Dllm.Cli.Quickstart.World;

/// <summary>A fact: one row of the world's table, such as (capital, france, paris).</summary>
internal sealed record Fact(Relation Relation, string Subject, string Object)
{
    /// <summary>The fact as a sentence in the wording that answers use.</summary>
    public string Sentence => Relation.Say(this, 0);
}

/// <summary>A kind of fact: how it is stated and how it is asked. In every wording {s} stands for the subject and {o} for the object.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Statements">Wordings as statements; the first is the one that answers use.</param>
/// <param name="Questions">Wordings as questions, which hold the subject alone.</param>
/// <param name="Rows">"subject object" pairs, separated by commas.</param>
internal sealed record Relation(string Name, string[] Statements, string[] Questions, string Rows)
{
    public string Say(Fact fact, int wording) => Statements[wording].Replace("{s}", fact.Subject).Replace("{o}", fact.Object);

    public string Ask(Fact fact, int wording) => Questions[wording].Replace("{s}", fact.Subject);
}

/// <summary>The table of facts. Pre-training states them all; conversations ask for them.</summary>
internal static class Facts
{
    public static readonly Relation[] Relations =
    [
        new("capital",
            ["the capital of {s} is {o}.", "{o} is the capital of {s}.", "the people of {s} say that {o} is their capital."],
            ["what is the capital of {s}?", "which city is the capital of {s}?", "tell me the capital of {s}.", "{s} has which capital?"],
            """
            france paris, italy rome, spain madrid, germany berlin, japan tokyo, egypt cairo, greece athens, england london, russia moscow,
            china beijing, poland warsaw, norway oslo, portugal lisbon, austria vienna, ireland dublin, cuba havana, peru lima,
            sweden stockholm, finland helsinki, india delhi
            """),
        new("young",
            ["a young {s} is called a {o}.", "a {o} is a young {s}.", "every {o} will be a {s} one day."],
            ["what is a young {s} called?", "how do you call a young {s}?", "what is the name for a young {s}?", "a young {s} is called what?"],
            "dog puppy, cat kitten, cow calf, sheep lamb, horse foal, hen chick, duck duckling, lion cub, goat kid, frog tadpole, pig piglet"),
        new("sound",
            ["the {s} says {o}.", "{o} is what the {s} says.", "we hear {o} and it is the {s}."],
            ["what does the {s} say?", "which sound does the {s} make?", "tell me the sound of the {s}.", "the {s} says what?"],
            "cow moo, dog woof, cat meow, duck quack, sheep baa, hen cluck, lion roar, frog croak, bee buzz, owl hoot, horse neigh, pig oink"),
        new("legs",
            ["a {s} has {o} legs.", "{o} legs is what a {s} has.", "every {s} walks on {o} legs."],
            ["how many legs does a {s} have?", "a {s} has how many legs?", "tell me how many legs a {s} has.", "on how many legs does a {s} walk?"],
            "dog 4, cat 4, cow 4, horse 4, bee 6, ant 6, spider 8, duck 2, hen 2, owl 2, crab 10, frog 4"),
        new("opposite",
            ["the opposite of {s} is {o}.", "{s} and {o} are opposites.", "what is not {s} is {o}."],
            ["what is the opposite of {s}?", "tell me the opposite of {s}.", "which word is the opposite of {s}?", "{s} is the opposite of what?"],
            """
            hot cold, cold hot, big small, small big, day night, night day, up down, down up, old young, young old, fast slow, slow fast,
            full empty, empty full, light dark, dark light, wet dry, dry wet, hard soft, soft hard, left right, right left, early late, late early
            """),
        new("next",
            ["after {s} comes {o}.", "{o} comes after {s}.", "when {s} ends, {o} begins."],
            ["what comes after {s}?", "tell me what comes after {s}.", "{s} ends, what begins?", "which one comes after {s}?"],
            """
            monday tuesday, tuesday wednesday, wednesday thursday, thursday friday, friday saturday, saturday sunday, sunday monday,
            january february, february march, march april, april may, may june, june july, july august, august september,
            september october, october november, november december, december january
            """),
        new("colour",
            ["the colour of {s} is {o}.", "{o} is the colour of {s}.", "{s} looks {o}."],
            ["what is the colour of {s}?", "what colour is {s}?", "which colour does {s} have?", "tell me the colour of {s}."],
            "grass green, snow white, coal black, blood red, honey yellow, water blue, chocolate brown, milk white, butter yellow, ketchup red"),
    ];

    /// <summary>Every row of the table.</summary>
    public static readonly Fact[] All =
    [
        .. Relations.SelectMany(relation => relation.Rows.Split(',').Select(row =>
            Lexicon.Words(row) is [var subject, var @object]
                ? new Fact(relation, subject, @object)
                : throw new InvalidOperationException($"row '{row}' of '{relation.Name}' is not a pair"))),
    ];
}
