namespace Dllm.Tokenization.Templates;

/// <summary>Filters that apply a filter or a test to every item; like the reference's, their results are made as they are read.</summary>
internal static class SelectionFilters
{
    public static FunctionTable Table { get; } = new FunctionTable()
        .AddVariadic("map", Map)
        .AddVariadic("select", (context, arguments) => Select(context, arguments, byAttribute: false, wanted: true))
        .AddVariadic("reject", (context, arguments) => Select(context, arguments, byAttribute: false, wanted: false))
        .AddVariadic("selectattr", (context, arguments) => Select(context, arguments, byAttribute: true, wanted: true))
        .AddVariadic("rejectattr", (context, arguments) => Select(context, arguments, byAttribute: true, wanted: false));

    private static object? Map(RenderContext context, CallArguments arguments)
    {
        var input = arguments.Positional[0];
        if (!PythonComparison.IsTrue(input))
            return IteratorValue.Generator([]);
        var items = Iteration.Enumerate(input);
        if (arguments.Positional.Count == 1 && arguments.TryGetNamed("attribute", out var attribute))
        {
            arguments.TryGetNamed("default", out var otherwise);
            var path = new AttributePath(attribute, otherwise);
            return IteratorValue.Generator(items.Select(path.Read));
        }
        if (arguments.Positional.Count == 1)
            throw TemplateFault.Type("map requires a filter argument");
        var name = PythonText.Str(arguments.Positional[1]);
        var rest = arguments.Skip(2);
        return IteratorValue.Generator(items.Select(item => TemplateFilters.Apply(name, context, rest.Prepend(item))));
    }

    private static object? Select(RenderContext context, CallArguments arguments, bool byAttribute, bool wanted)
    {
        var input = arguments.Positional[0];
        if (!PythonComparison.IsTrue(input))
            return IteratorValue.Generator([]);
        var used = byAttribute ? 2 : 1;
        if (arguments.Positional.Count < used)
            throw TemplateFault.Type("Missing parameter for attribute name");
        var path = new AttributePath(byAttribute ? arguments.Positional[1] : null);
        Func<object?, bool> test = PythonComparison.IsTrue;
        if (arguments.Positional.Count > used)
        {
            var name = PythonText.Str(arguments.Positional[used]);
            var rest = arguments.Skip(used + 1);
            test = item => TemplateTests.Check(name, context, rest.Prepend(item));
        }
        return IteratorValue.Generator(Iteration.Enumerate(input).Where(item => test(path.Read(item)) == wanted));
    }
}
