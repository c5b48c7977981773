using Dllm.Tokenization.Templates;

namespace Dllm.Tokenization;

/// <summary>
/// A chat template: turns a conversation into the one text that a model was trained on. The language is the subset of Jinja
/// that Hugging Face chat templates are written in, with that environment's settings: blocks trim the newline after them and
/// the blanks before them, nothing is escaped, <c>break</c>, <c>continue</c> and <c>generation</c> are tags,
/// <c>raise_exception</c>, <c>strftime_now</c> and <c>tojson</c> exist, and lists and dicts cannot be changed.
/// Immutable: one instance serves any number of threads.
/// </summary>
public sealed class ChatTemplate
{
    private const string ContinueMark = "CONTINUE-HERE-7c1f4d09 ";

    private readonly IReadOnlyList<Statement> _statements;
    private readonly ChatTemplateLimits _limits;
    private readonly TimeProvider _clock;

    private ChatTemplate(string source, IReadOnlyList<Statement> statements, ChatTemplateLimits limits, TimeProvider clock)
    {
        Source = source;
        _statements = statements;
        _limits = limits;
        _clock = clock;
    }

    /// <summary>The template's text.</summary>
    public string Source { get; }

    /// <summary>Reads a template. Filters and tests that do not exist are reported when they are reached, not here.</summary>
    /// <param name="source">The template's text.</param>
    /// <param name="limits">Bounds on each rendering; the defaults when null.</param>
    /// <param name="clock">The time that <c>strftime_now</c> tells, in its local time zone; the system's when null.</param>
    /// <exception cref="ChatTemplateException">The text is not a template; the exception has line and column.</exception>
    public static ChatTemplate Parse(string source, ChatTemplateLimits? limits = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        limits ??= new ChatTemplateLimits();
        limits.Validate();
        var statements = Guard(() => TemplateParser.Parse(source, limits.MaxDepth, TemplateDialect.Chat));
        return new ChatTemplate(source, statements, limits, clock ?? TimeProvider.System);
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="messages">The conversation, oldest message first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends with the opening of the assistant's next answer.</param>
    /// <param name="variables">
    /// Names that the template may read (<c>bos_token</c>, <c>tools</c>, <c>enable_thinking</c>, …): text, numbers, booleans, JSON,
    /// lists or dictionaries with string keys. <c>tools</c> and <c>documents</c> are None unless given.
    /// </param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or makes a mistake on it.</exception>
    public string Render(
        IReadOnlyList<ChatMessage> messages,
        bool addGenerationPrompt = false,
        IReadOnlyDictionary<string, object?>? variables = null) => RenderWithSpans(messages, addGenerationPrompt, variables).Text;

    /// <summary>Renders a conversation and tells which stretches of it the assistant wrote, for assistant masks.</summary>
    /// <inheritdoc cref="Render"/>
    public RenderedChat RenderWithSpans(
        IReadOnlyList<ChatMessage> messages,
        bool addGenerationPrompt = false,
        IReadOnlyDictionary<string, object?>? variables = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return Guard(() => new TemplateRenderer(new RenderContext(_limits, _clock, TemplateDialect.Chat))
            .Render(_statements, Variables(messages, addGenerationPrompt, variables)));
    }

    /// <summary>Renders a conversation so that the text breaks off within its last message, for the model to continue it.</summary>
    /// <param name="messages">The conversation, oldest message first; at least one.</param>
    /// <param name="variables">As for <see cref="Render"/>.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or makes a mistake on it.</exception>
    /// <exception cref="DllmException">There is no message, its content is no text, or the template does not show it as it is.</exception>
    public string RenderToContinue(IReadOnlyList<ChatMessage> messages, IReadOnlyDictionary<string, object?>? variables = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Count == 0)
            throw new DllmException("an empty conversation has no last message to continue", "give at least one message");
        var last = messages[^1];
        if (last.Fields.ContainsKey("content"))
            throw new DllmException("the content of the last message is not plain text, so it cannot be continued", "give its content as text");
        ChatMessage[] marked = [.. messages.Take(messages.Count - 1), last with { Content = last.Content + ContinueMark }];
        var text = Render(marked, addGenerationPrompt: false, variables);
        var mark = text.LastIndexOf(ContinueMark.TrimEnd(), StringComparison.Ordinal);
        if (mark < 0 || !text.Contains(Trim(last.Content), StringComparison.Ordinal))
        {
            throw new DllmException(
                "the chat template does not show the text of the last message as it is, so it cannot be continued",
                "continue another message, or use a template that shows it");
        }
        var isTrimmed = string.CompareOrdinal(text, mark, ContinueMark, 0, ContinueMark.Length) != 0;
        return isTrimmed ? StringMethods.Strip(text[..mark], null, atStart: false, atEnd: true) : text[..mark];
    }

    private static string Trim(string text) => StringMethods.Strip(text, null, atStart: true, atEnd: true);

    private static IEnumerable<KeyValuePair<string, object?>> Variables(
        IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IReadOnlyDictionary<string, object?>? variables)
    {
        yield return KeyValuePair.Create("tools", (object?)null);
        yield return KeyValuePair.Create("documents", (object?)null);
        yield return KeyValuePair.Create("messages", ValueConversion.ToTemplate(messages));
        yield return KeyValuePair.Create("add_generation_prompt", (object?)addGenerationPrompt);
        foreach (var (name, value) in variables ?? new Dictionary<string, object?>())
            yield return KeyValuePair.Create(name, ValueConversion.ToTemplate(value));
    }

    internal static T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TemplateFault fault)
        {
            var at = fault.At ?? new SourcePosition(1, 1);
            throw new ChatTemplateException(fault.Kind, fault.Message, at.Line, at.Column, fault);
        }
    }
}
