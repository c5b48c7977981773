namespace Dllm.Cli.Quickstart.World;

/// <summary>The conversations that teach the base to talk, and those kept back to examine it.</summary>
/// <param name="Train">Conversations to learn from.</param>
/// <param name="HeldOut">Conversations of the same kinds whose prompts, as whole conversations, never occur in <paramref name="Train"/>.</param>
internal sealed record Conversations(IReadOnlyList<Conversation> Train, IReadOnlyList<Conversation> HeldOut)
{
    /// <summary>The kinds that are examined.</summary>
    public static readonly string[] Kinds = ["facts", "names", "counting", "lists", "yes/no", "talks"];

    /// <summary>
    /// Makes <paramref name="train"/> and <paramref name="heldOut"/> conversations, both spread evenly over the kinds and without any prompt
    /// twice; small talk and sums come on top. Which side a prompt belongs to is decided by its hash, so that no seed and no count can leak one.
    /// </summary>
    public static Conversations Make(ulong seed, int train, int heldOut)
    {
        var random = new SplitMix64(seed);
        HashSet<string> seen = [];
        List<Conversation> learn = [], examine = [];
        foreach (string kind in Kinds)
        {
            int toLearn = train / Kinds.Length, toExamine = heldOut / Kinds.Length;
            // Some kinds have fewer prompts than asked for: the end of what is new ends them.
            for (int stale = 0; (toLearn > 0 || toExamine > 0) && stale < 10_000;)
            {
                var conversation = Ask(kind, random);
                ref int wanted = ref IsHeldOut(conversation) ? ref toExamine : ref toLearn;
                if (wanted == 0 || !seen.Add(conversation.Prompt))
                {
                    stale++;
                    continue;
                }
                (IsHeldOut(conversation) ? examine : learn).Add(conversation);
                wanted--;
                stale = 0;
            }
        }
        // Drawn last, so that what is examined does not depend on it.
        Conversation[] onTop =
        [
            .. SmallTalk.Deal(random, train / 12, learn),
            .. Enumerable.Range(0, train / 60).Select(_ => SmallTalk.TellName(random)),
            .. Enumerable.Range(0, train / 40).Select(_ => CountingTalk.Sum(random)).Where(sum => !IsHeldOut(sum)),
        ];
        learn.AddRange(onTop);
        return new(random.Several(learn, learn.Count), examine);
    }

    /// <summary>Whether a conversation is for the examination: one question in eight, by the hash of all that leads to the answer.</summary>
    public static bool IsHeldOut(Conversation conversation) => conversation.Kind switch
    {
        SmallTalk.Kind => false,
        "facts" => IsKeptBack(FactTalk.Question(conversation.Prompt)),
        _ => IsKeptBack(conversation.Prompt),
    };

    /// <summary>Whether a question is kept out of training.</summary>
    public static bool IsKeptBack(string question) => SplitMix64.Hash(question) % 8 == 0;

    private static Conversation Ask(string kind, SplitMix64 random) => kind switch
    {
        "facts" => FactTalk.Ask(random),
        "names" => NameTalk.Ask(random),
        "counting" => CountingTalk.Ask(random),
        "lists" => ListTalk.Ask(random),
        "yes/no" => ToldTalk.YesOrNo(random),
        _ => random.OneIn(3) ? CountingTalk.Continue(random) : ToldTalk.Continue(random),
    };
}
