using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// Conversations to token ids through a chat template, as transformers' <c>apply_chat_template(tokenize=True)</c>: the template
/// writes every special token itself, so the tokenizer adds none.
/// </summary>
public sealed class ConversationEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate _template;
    private readonly Dictionary<string, object?> _variables;

    /// <summary>Joins a tokenizer and a template.</summary>
    /// <param name="tokenizer">Its special tokens are what the template sees as <c>bos_token</c>, <c>eos_token</c> and so on.</param>
    /// <param name="template">Null (the default) takes the tokenizer's own.</param>
    /// <param name="variables">Further names for the template (<c>enable_thinking</c>); they win over the special tokens.</param>
    /// <exception cref="DllmException">No template was given and the tokenizer has none.</exception>
    public ConversationEncoder(Tokenizer tokenizer, ChatTemplate? template = null, IReadOnlyDictionary<string, object?>? variables = null)
    {
        _tokenizer = tokenizer;
        _template = template ?? ChatTemplate.Parse(tokenizer.ChatTemplateSource
            ?? throw new DllmException("the tokenizer has no chat template", "take an instruction-tuned checkpoint or give a template"));
        _variables = SpecialTokenVariables(tokenizer.SpecialTokens);
        foreach (var (name, value) in variables ?? new Dictionary<string, object?>())
        {
            _variables[name] = value;
        }
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer => _tokenizer;

    /// <summary>The text of a conversation.</summary>
    /// <param name="messages">At least one message, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends by opening the assistant's next answer.</param>
    /// <exception cref="DllmException">There is no message, or the template refuses the conversation.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false) => messages.Count > 0
        ? _template.Render(messages, addGenerationPrompt, _variables)
        : throw new DllmException("a conversation has no message", "give at least one message with a role and a content");

    /// <summary>The text of a conversation up to its last message's text, which goes on: what ends a message is left out.</summary>
    /// <param name="messages">At least one message, oldest first.</param>
    /// <exception cref="DllmException">The template refuses the conversation.</exception>
    public string RenderToContinue(IReadOnlyList<ChatMessage> messages) => _template.RenderToContinue(messages, _variables);

    /// <summary>The token ids of a conversation's text.</summary>
    /// <param name="messages">As in <see cref="Render"/>.</param>
    /// <param name="addGenerationPrompt">As in <see cref="Render"/>.</param>
    /// <exception cref="DllmException">As in <see cref="Render"/>.</exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false)
        => _tokenizer.Encode(Render(messages, addGenerationPrompt), addSpecialTokens: false);

    private static Dictionary<string, object?> SpecialTokenVariables(SpecialTokens tokens)
    {
        var variables = new Dictionary<string, object?>();
        AddIfSet("bos_token", tokens.Bos);
        AddIfSet("eos_token", tokens.Eos);
        AddIfSet("unk_token", tokens.Unk);
        AddIfSet("sep_token", tokens.Sep);
        AddIfSet("pad_token", tokens.Pad);
        AddIfSet("cls_token", tokens.Cls);
        AddIfSet("mask_token", tokens.Mask);
        return variables;

        void AddIfSet(string name, string? token)
        {
            if (token is not null)
            {
                variables[name] = token;
            }
        }
    }
}
