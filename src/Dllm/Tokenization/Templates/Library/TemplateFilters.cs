namespace Dllm.Tokenization.Templates;

/// <summary>All filters that templates can use with <c>value|name</c>.</summary>
internal static class TemplateFilters
{
    private static readonly FunctionTable Table = new FunctionTable()
        .Merge(TextFilters.Table)
        .Merge(NumberFilters.Table)
        .Merge(SequenceFilters.Table)
        .Merge(SelectionFilters.Table);

    public static bool Exists(string name) => Table.Find(name) is not null;

    public static object? Apply(string name, RenderContext context, CallArguments arguments)
    {
        var filter = Table.Find(name) ?? throw new TemplateFault(ChatTemplateErrorKind.Syntax, $"No filter named '{name}'.");
        return filter.Invoke(context, arguments);
    }
}
