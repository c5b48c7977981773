using System.Text.RegularExpressions;
using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>
/// Conversations to token ids through a chat template, as transformers' <c>apply_chat_template(tokenize=True)</c>: the template
/// writes every special token itself, so the tokenizer adds none. But unlike there, what is said is text: where a message spells a special
/// token, it is no special token.
/// </summary>
public sealed partial class ConversationEncoder
{
    private static readonly string[] QuietFields = ["id", "name", "tool_call_id", "refusal", "weight", "loss_weight", "train", "type", "created_at", "timestamp"];

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
            ?? throw new DllmException("the tokenizer has no chat template", "take a checkpoint that was tuned for chat, give a `chat_template`, or continue texts as they are with dllm sample --raw"));
        _variables = SpecialTokenVariables(tokenizer.SpecialTokens);
        foreach (var (name, value) in variables ?? new Dictionary<string, object?>())
        {
            _variables[name] = value;
        }
    }

    /// <summary>Whether what is said is markup where it spells a special token, as in transformers and the original. Default false: it is text.</summary>
    public bool AsOriginal { get; init; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer => _tokenizer;

    /// <summary>The text of a conversation.</summary>
    /// <param name="conversation">At least one message, oldest first; its variables win over the encoder's.</param>
    /// <param name="addGenerationPrompt">Whether the text ends by opening the assistant's next answer.</param>
    /// <exception cref="DllmException">There is no message, or the template refuses the conversation.</exception>
    public string Render(Conversation conversation, bool addGenerationPrompt = false) => RenderWithSpans(conversation, addGenerationPrompt).Text;

    /// <inheritdoc cref="Render(Conversation, bool)"/>
    /// <param name="messages">At least one message, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends by opening the assistant's next answer.</param>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false) => Render(new Conversation(messages), addGenerationPrompt);

    /// <summary>As <see cref="Render(Conversation, bool)"/>, with what of the text the assistant said, and where it spells special tokens that are none.</summary>
    /// <inheritdoc cref="Render(Conversation, bool)"/>
    public RenderedChat RenderWithSpans(Conversation conversation, bool addGenerationPrompt = false)
        => Render(conversation, addGenerationPrompt, FindSpecialTokens);

    /// <inheritdoc cref="RenderWithSpans(Conversation, bool)"/>
    /// <param name="messages">At least one message, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends by opening the assistant's next answer.</param>
    public RenderedChat RenderWithSpans(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false)
        => RenderWithSpans(new Conversation(messages), addGenerationPrompt);

    /// <summary>The text of a conversation up to its last message's text, which goes on: what ends a message is left out.</summary>
    /// <param name="messages">At least one message, oldest first.</param>
    /// <exception cref="DllmException">The template refuses the conversation.</exception>
    public RenderedChat RenderToContinue(IReadOnlyList<ChatMessage> messages)
    {
        var said = new SaidText(FindSpecialTokens);
        return said.Read(new RenderedChat(_template.RenderToContinue(said.Mark(messages), _variables), []));
    }

    /// <summary>The token ids of a conversation's text.</summary>
    /// <inheritdoc cref="Render(Conversation, bool)"/>
    public int[] Encode(Conversation conversation, bool addGenerationPrompt = false)
        => Encode(RenderWithSpans(conversation, addGenerationPrompt));

    /// <inheritdoc cref="Encode(Conversation, bool)"/>
    /// <param name="messages">At least one message, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends by opening the assistant's next answer.</param>
    public int[] Encode(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false) => Encode(new Conversation(messages), addGenerationPrompt);

    /// <summary>The token ids of a rendered text.</summary>
    /// <param name="chat">The text.</param>
    public int[] Encode(RenderedChat chat) => _tokenizer.Encode(chat.Text, chat.Literal, addSpecialTokens: false);

    /// <summary>The tokens of a rendered text, with the stretch of it behind each.</summary>
    /// <param name="chat">The text.</param>
    public EncodedText EncodeWithOffsets(RenderedChat chat) =>
        _tokenizer.EncodeWithOffsets(chat.Text, addSpecialTokens: false, chat.Literal);

    /// <summary>
    /// The token ids of a conversation whose last message has gaps to be filled: there, and only there, the mask's spelling is the mask.
    /// </summary>
    /// <param name="conversation">At least one message, oldest first.</param>
    /// <exception cref="DllmException">As in <see cref="Render(Conversation, bool)"/>.</exception>
    public int[] EncodeWithGaps(Conversation conversation)
    {
        var last = conversation.Messages is [.., var message] ? message.Content : null;
        var mask = _tokenizer.SpecialTokens.Mask;
        return Encode(Render(conversation, addGenerationPrompt: false, text =>
            [.. FindSpecialTokens(text).Where(place => !(text == last && IsMask(text, place)))]));

        bool IsMask(string text, int place) => mask is not null && string.CompareOrdinal(text, place, mask, 0, mask.Length) == 0;
    }

    /// <summary>
    /// The marks that the template writes around messages and that are no tokens of their own (<c>[/Answer]</c> with a plain BERT, ChatML's with
    /// a base model): what to add to the tokenizer of a model that is to learn the template. Looked for in what it makes of a short talk.
    /// </summary>
    public IReadOnlyList<string> FindMissingTokens()
    {
        ChatMessage[] talk = [new("system", "a"), new("user", "b"), new("assistant", "c"), new("user", "d")];
        string text = TryRender(talk) ?? TryRender(talk[1..]) ?? ""; // some take no system message, and some no talk without tools
        return [.. TemplateMark().Matches(text).Select(match => match.Value).Distinct().Where(mark => _tokenizer.TokenToId(mark) is null)];
    }

    private string? TryRender(ChatMessage[] talk)
    {
        try
        {
            return Render(talk, addGenerationPrompt: true);
        }
        catch (DllmException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"<\|[^\s<>|]{1,40}\|>|\[/?[A-Za-z][A-Za-z_]{0,30}\]")]
    private static partial Regex TemplateMark();

    private IReadOnlyList<int> FindSpecialTokens(string text) => AsOriginal ? [] : _tokenizer.FindSpecialTokens(text);

    /// <summary>What of a conversation the template never reads, by name: variables such as <c>tools</c>, fields such as <c>tool_calls</c>.</summary>
    public IEnumerable<string> FindUnread(Conversation conversation) => conversation.Variables.Keys
        .Concat(conversation.Messages.SelectMany(message => message.Fields.Keys).Except(QuietFields))
        .Distinct()
        .Where(name => !_template.Source.Contains(name, StringComparison.Ordinal));

    /// <summary>The roles of a conversation whose names do not occur in the template; one that writes every role as it is mentions none.</summary>
    public IEnumerable<string> FindUnknownRoles(Conversation conversation) => TemplateRoles.Adapt(conversation.Messages, _template.Source)
        .Select(message => message.Role).Distinct()
        .Where(role => !_template.Source.Contains(role, StringComparison.Ordinal));

    private RenderedChat Render(Conversation conversation, bool addGenerationPrompt, Func<string, IReadOnlyList<int>> findSpecialTokens)
    {
        if (conversation.Messages.Count == 0) throw new DllmException("a conversation has no message", "give at least one message with a role and a content");
        var said = new SaidText(findSpecialTokens);
        var row = new ChatMessage("", "") { Fields = conversation.Variables }; // what tools spell is text as well
        var marked = said.Mark([.. TemplateRoles.Adapt(conversation.Messages, _template.Source), row]);
        return said.Read(_template.RenderWithSpans([.. marked.SkipLast(1)], addGenerationPrompt, Variables(marked[^1].Fields)));
    }

    private Dictionary<string, object?> Variables(IReadOnlyDictionary<string, object?> given)
    {
        if (given.Count == 0) return _variables;
        var variables = new Dictionary<string, object?>(_variables);
        foreach (var (name, value) in given) variables[name] = value;
        return variables;
    }

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
