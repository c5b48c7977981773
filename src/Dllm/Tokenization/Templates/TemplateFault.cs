namespace Dllm.Tokenization.Templates;

/// <summary>
/// What goes wrong inside the engine. Values and library functions throw it without a place; the innermost expression or
/// statement that it passes adds its own. <see cref="ChatTemplate"/> turns it into the public exception.
/// </summary>
internal sealed class TemplateFault(ChatTemplateErrorKind kind, string message) : Exception(Cut(message))
{
    /// <summary>Messages quote the template's own texts, which may be of any length.</summary>
    private const int LongestMessage = 1000;

    private static string Cut(string message) => message.Length <= LongestMessage ? message : message[..LongestMessage] + "…";

    public ChatTemplateErrorKind Kind { get; } = kind;

    public SourcePosition? At { get; private set; }

    /// <summary>Remembers the first place told. False always: made for exception filters, so that nothing is unwound for it.</summary>
    public bool Locate(SourcePosition position)
    {
        At ??= position;
        return false;
    }

    public static TemplateFault Syntax(string message, SourcePosition at)
    {
        var fault = new TemplateFault(ChatTemplateErrorKind.Syntax, message);
        fault.Locate(at);
        return fault;
    }

    public static TemplateFault Type(string message) => new(ChatTemplateErrorKind.Type, message);

    public static TemplateFault Value(string message) => new(ChatTemplateErrorKind.Value, message);

    public static TemplateFault Undefined(string message) => new(ChatTemplateErrorKind.Undefined, message);

    public static TemplateFault Limit(string message) => new(ChatTemplateErrorKind.Limit, message);
}
