namespace Dllm.Tokenization;

/// <summary>What kind of mistake stopped a chat template.</summary>
public enum ChatTemplateErrorKind
{
    /// <summary>The source is not a template: a tag, bracket, operator, filter or test that the language does not have.</summary>
    Syntax,

    /// <summary>The template itself refused the conversation by <c>raise_exception</c>.</summary>
    Raised,

    /// <summary>Something was done with a variable, key or attribute that is not there.</summary>
    Undefined,

    /// <summary>An operation does not exist for the type of a value.</summary>
    Type,

    /// <summary>A value of the right type cannot be used.</summary>
    Value,

    /// <summary>Division by zero, or a number out of range.</summary>
    Arithmetic,

    /// <summary>The template touched what the sandbox forbids: changing a list or dict, or internals.</summary>
    Security,

    /// <summary>The template does too much work or nests too deeply (<see cref="ChatTemplateLimits"/>).</summary>
    Limit,
}

/// <summary>A chat template that cannot be read or rendered, with the place in its source.</summary>
public sealed class ChatTemplateException : DllmException
{
    internal ChatTemplateException(ChatTemplateErrorKind kind, string reason, int line, int column, Exception? innerException = null)
        : base(Describe(kind, reason, line, column), Advice(kind), innerException)
    {
        Kind = kind;
        Reason = reason;
        Line = line;
        Column = column;
    }

    /// <summary>What kind of mistake it is.</summary>
    public ChatTemplateErrorKind Kind { get; }

    /// <summary>What went wrong, without the place; for <see cref="ChatTemplateErrorKind.Raised"/> the template's own words.</summary>
    public string Reason { get; }

    /// <summary>The line in the template's source, from 1.</summary>
    public int Line { get; }

    /// <summary>The column in that line, from 1, in UTF-16 units.</summary>
    public int Column { get; }

    private static string Describe(ChatTemplateErrorKind kind, string reason, int line, int column) =>
        kind == ChatTemplateErrorKind.Raised
            ? $"the chat template refuses this conversation: {reason} (line {line}, column {column})"
            : $"chat template, line {line}, column {column}: {reason}";

    private static string? Advice(ChatTemplateErrorKind kind) => kind switch
    {
        ChatTemplateErrorKind.Raised => "change the messages to what the template accepts",
        ChatTemplateErrorKind.Limit => "render fewer or shorter messages, or raise the template's limits if you trust it",
        _ => null,
    };
}
