namespace Dllm.Tokenization.Templates;

/// <summary>The functions that every template can call.</summary>
internal static class TemplateGlobals
{
    private static readonly FunctionTable Table = new FunctionTable()
        .Add("range", ["start", "stop?", "step?"], Range)
        .AddVariadic("dict", (_, arguments) => Dict(arguments))
        .AddVariadic("namespace", (_, arguments) => Namespace(arguments))
        .Add("raise_exception", ["message"], a => throw new TemplateFault(ChatTemplateErrorKind.Raised, PythonText.Str(a[0])))
        .Add("strftime_now", ["format"], (context, a) => StrftimeFormat.Format(context.Clock.GetLocalNow(), a.Text(0)))
        .AddVariadic("cycler", (_, arguments) => Cycler(arguments.Positional))
        .Add("joiner", ["sep?"], a => Joiner(PythonText.Str(a.Or(0, ", "))));

    public static IEnumerable<KeyValuePair<string, Callable>> All => Table.All;

    private static object? Range(RenderContext context, BoundArguments arguments)
    {
        var first = Whole(arguments[0]);
        var range = arguments.Has(1)
            ? new RangeValue(first, Whole(arguments[1]), arguments.Has(2) ? Whole(arguments[2]) : 1)
            : new RangeValue(0, first, 1);
        context.Spend(1);
        return range;
    }

    private static long Whole(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        long number => number,
        Undefined undefined => throw undefined.Fault(),
        _ => throw TemplateFault.Type($"'{PythonText.TypeName(value)}' object cannot be interpreted as an integer"),
    };

    private static DictValue Dict(CallArguments arguments)
    {
        var result = new DictValue();
        foreach (var source in arguments.Positional)
        {
            foreach (var (key, value) in PairsOf(source))
                result.Set(key, value);
        }
        foreach (var (name, value) in arguments.Named)
            result.Set(name, value);
        return result;
    }

    private static NamespaceValue Namespace(CallArguments arguments)
    {
        var result = new NamespaceValue();
        foreach (var (key, value) in Dict(arguments).Items)
            result.Attributes[PythonText.Str(key)] = value;
        return result;
    }

    private static IEnumerable<KeyValuePair<object?, object?>> PairsOf(object? source)
    {
        if (source is DictValue dict)
            return dict.Items;
        return Iteration.Enumerate(source).Select(item =>
        {
            var pair = Iteration.Enumerate(item).ToArray();
            return pair.Length == 2
                ? KeyValuePair.Create(pair[0], pair[1])
                : throw TemplateFault.Value($"a dictionary is made from pairs, not from {pair.Length} items");
        });
    }

    /// <summary>An object whose <c>next()</c> walks round its items for ever.</summary>
    private static NamespaceValue Cycler(IReadOnlyList<object?> items)
    {
        if (items.Count == 0)
            throw TemplateFault.Type("at least one item has to be provided");
        var position = 0;
        var cycler = new NamespaceValue { Attributes = { ["current"] = items[0] } };
        cycler.Attributes["next"] = new Callable("next", (_, _) =>
        {
            var item = items[position];
            position = (position + 1) % items.Count;
            cycler.Attributes["current"] = items[position];
            return item;
        });
        cycler.Attributes["reset"] = new Callable("reset", (_, _) =>
        {
            position = 0;
            cycler.Attributes["current"] = items[0];
            return null;
        });
        return cycler;
    }

    /// <summary>A function that gives nothing the first time and the separator afterwards.</summary>
    private static Callable Joiner(string separator)
    {
        var used = false;
        return new Callable("joiner", (_, _) =>
        {
            var result = used ? separator : "";
            used = true;
            return result;
        });
    }
}
