using Dllm.Tokenization;

namespace Dllm.Evaluation.Tasks;

/// <summary>Puts a conversation into a model's markup.</summary>
/// <param name="messages">The conversation, oldest message first.</param>
/// <param name="addGenerationPrompt">Whether the text ends with the opening of an answer; if not, it breaks off within the last message.</param>
public delegate RenderedChat ChatFormatter(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt);

/// <summary>How prompts are put together, whatever the task.</summary>
public sealed record PromptOptions
{
    /// <summary>Examples per prompt, at least 0; the task's own number when null. A task that says 0 itself stays at 0.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>The model's chat markup; prompts are plain text when null (the default).</summary>
    public ChatFormatter? Chat { get; init; }

    /// <summary>Whether, in chats, every example is a turn of its own rather than a part of one message. Default false.</summary>
    public bool FewshotAsMultiturn { get; init; }

    /// <summary>Text before the task's description; a system message in chats. None by default.</summary>
    public string? SystemInstruction { get; init; }

    /// <summary>Seed of the draws of examples (Python's generator). Default 1234, the harness's.</summary>
    public int FewshotSeed { get; init; } = 1234;

    /// <summary>A formatter of a chat template.</summary>
    public static ChatFormatter FormatterOf(ChatTemplate template, IReadOnlyDictionary<string, object?>? variables = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        return (messages, addGenerationPrompt) => addGenerationPrompt
            ? template.RenderWithSpans(messages, addGenerationPrompt: true, variables)
            : new RenderedChat(template.RenderToContinue(messages, variables), []);
    }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DllmException">The number of examples is negative, or turns are asked for without a chat.</exception>
    public void Validate()
    {
        if (NumFewshot < 0) throw new DllmException($"the number of examples is {NumFewshot}, at least 0 is needed");
        if (FewshotAsMultiturn && Chat is null)
            throw new DllmException("examples as turns need a chat template", "add --apply-chat-template");
    }
}
