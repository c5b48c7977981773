namespace Dllm.Tokenization.Templates;

/// <summary>
/// What a missing name, key or attribute gives: empty text, false, no items. Anything else done with it raises
/// <see cref="Message"/>.
/// </summary>
internal sealed class Undefined(string message, ChatTemplateErrorKind kind = ChatTemplateErrorKind.Undefined)
{
    public string Message { get; } = message;

    public TemplateFault Fault() => new(kind, Message);

    public static Undefined Variable(string name) => new($"{PythonText.Repr(name)} is undefined");

    public static Undefined Member(object? owner, object? key)
    {
        var type = owner is null ? "None" : $"{PythonText.TypeName(owner)} object";
        return new Undefined(key is string name
            ? $"'{type}' has no attribute {PythonText.Repr(name)}"
            : $"{type} has no element {PythonText.Repr(key)}");
    }

    public static Undefined Unsafe(object? owner, string name) => new(
        $"access to attribute {PythonText.Repr(name)} of {PythonText.Repr(PythonText.TypeName(owner))} object is unsafe.",
        ChatTemplateErrorKind.Security);
}
