namespace Dllm.Cli.Quickstart.World;

/// <summary>What makes a chat friendly. It is trained but never counted in the evaluation: its prompts are too few to keep some apart.</summary>
internal static class SmallTalk
{
    private static readonly (string Questions, string Answer)[] Exchanges =
    [
        ("hello! | hi! | hello. | hi. | hello | hi | good day! | hello there!", "hello! what is your name?"),
        ("how are you? | how are you today? | hello, how are you? | are you fine?", "i am fine, thank you!"),
        ("who are you? | what are you? | what is your name? | tell me who you are.", "i am bert and i love to talk."),
        ("what can you do? | what do you know? | can you help me? | help", "i can count, sort, repeat and remember."),
        ("how do you talk? | how do you do it? | how do you work?", "i fill in the blanks, best word first."),
        ("thank you! | thank you. | thank you, bert! | thanks!", "you are welcome!"),
        ("goodbye! | bye! | goodbye, bert! | bye.", "goodbye, my friend!"),
        ("tell me a joke. | do you know a joke?", "a bert walks into a bar and fills the blanks."),
    ];

    public static Conversation Ask(SplitMix64 random)
    {
        var (questions, answer) = random.Pick(Exchanges);
        return new("small talk", random.Pick(questions.Split(" | ")), answer);
    }

    /// <summary>Every word of it.</summary>
    public static IEnumerable<string> Texts => Exchanges.SelectMany(exchange => exchange.Questions.Split(" | ").Append(exchange.Answer));
}
