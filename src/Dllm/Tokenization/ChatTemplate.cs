namespace Dllm.Tokenization;

/// <summary>A chat template: turns a conversation into the one text that a model was trained on.</summary>
public sealed class ChatTemplate
{
    private ChatTemplate(string source) => Source = source;

    /// <summary>The template's text.</summary>
    public string Source { get; }

    /// <summary>Reads a template.</summary>
    public static ChatTemplate Parse(string source) => new(source);

    /// <summary>Renders a conversation.</summary>
    /// <param name="messages">The conversation, oldest message first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends with the opening of the assistant's next answer.</param>
    /// <param name="variables">Names that the template may read (<c>bos_token</c>, <c>tools</c>, <c>enable_thinking</c>, …).</param>
    public string Render(
        IReadOnlyList<ChatMessage> messages,
        bool addGenerationPrompt = false,
        IReadOnlyDictionary<string, object?>? variables = null) => throw new DllmException("chat templates are not rendered yet");
}
