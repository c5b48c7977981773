namespace Dllm.Cli.Quickstart.World;

/// <summary>What makes a chat friendly. It is trained but never counted in the evaluation: its prompts are too few to keep some apart.</summary>
internal static class SmallTalk
{
    /// <summary>The kind of these conversations.</summary>
    public const string Kind = "small talk";

    private const string Greeting = "hello! what is your name?";

    private static readonly (string Questions, string Answer)[] Exchanges =
    [
        ("hello! | hi! | hello. | hi. | good day! | hello there! | hi there! | hello bert! | hi bert! | hello, bert!", Greeting),
        ("how are you? | how are you today? | hello, how are you? | hi, how are you? | are you fine?", "i am fine, thank you!"),
        ("who are you? | what are you? | what is your name? | tell me who you are. | are you bert?", "i am bert and i love to talk."),
        ("what can you do? | what do you know? | can you help me? | help! | help me.", "i can count, sort, repeat and remember."),
        ("how do you talk? | how do you do it? | how do you work?", "i fill in the blanks, best word first."),
        ("thank you! | thank you. | thank you, bert! | thanks! | thanks, bert!", "you are welcome!"),
        ("goodbye! | bye! | goodbye, bert! | bye. | bye, bert! | good night!", "goodbye, my friend!"),
        ("tell me a joke. | do you know a joke? | please tell me a joke.", "a bert walks into a bar and fills the blanks."),
    ];

    /// <summary>Every question with its answer; each also without the sign at its end, which people leave out.</summary>
    public static readonly (string Text, string Answer)[] Questions =
    [
        .. Exchanges.SelectMany(exchange => exchange.Questions.Split(" | ")
            .SelectMany(question => (string[])[question, question.TrimEnd('.', '!', '?')])
            .Distinct()
            .Select(question => (question, exchange.Answer))),
    ];

    /// <summary>Every word of it.</summary>
    public static IEnumerable<string> Texts => Questions.SelectMany(question => (string[])[question.Text, question.Answer]);

    /// <summary>
    /// Deals the questions in turn, so that none is left to chance. Half of them come later in a talk: behind another question of small talk, or
    /// behind one of <paramref name="talks"/>.
    /// </summary>
    public static Conversation[] Deal(SplitMix64 random, int count, IReadOnlyList<Conversation> talks) =>
        [.. Enumerable.Range(0, count).Select(i => Ask(random, Questions[i % Questions.Length], talks))];

    /// <summary>Tells the name that the greeting asks for: "clara", "i am clara.".</summary>
    public static Conversation TellName(SplitMix64 random)
    {
        var greetings = Questions.Where(question => question.Answer == Greeting).ToArray();
        while (true)
        {
            var (reply, welcome) = NameTalk.Reply(random);
            string greeting = random.Pick(greetings).Text;
            if (!Conversations.IsKeptBack(reply)) return new(Kind, greeting, Greeting, reply, welcome);
        }
    }

    private static Conversation Ask(SplitMix64 random, (string Text, string Answer) question, IReadOnlyList<Conversation> talks)
    {
        var other = random.Pick(Questions);
        string[] before = random.Below(4) switch
        {
            0 => [other.Text, other.Answer],
            1 => random.Pick(talks).Turns,
            _ => [],
        };
        return new(Kind, [.. before, question.Text, question.Answer]);
    }
}
