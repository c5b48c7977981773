namespace Dllm.Cli.Quickstart.World;

/// <summary>A short talk that ends with the answer to learn.</summary>
/// <param name="Kind">The skill that the answer needs, such as "counting".</param>
/// <param name="Turns">What user and assistant say in turns; the user begins, the assistant has the last word.</param>
internal sealed record Conversation(string Kind, params string[] Turns)
{
    /// <summary>The answer to learn.</summary>
    public string Answer => Turns[^1];

    /// <summary>All that is said before the answer: two conversations with the same prompt are the same question.</summary>
    public string Prompt => string.Join('\n', Turns[..^1]);
}
