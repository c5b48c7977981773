namespace Dllm.Tokenization.Templates;

/// <summary>Filters on lists, dicts and whatever else can be walked over.</summary>
internal static class SequenceFilters
{
    public static FunctionTable Table { get; } = new FunctionTable()
        .Add("length", ["value"], a => (long)Iteration.Count(a[0]))
        .Alias("count", "length")
        .Add("list", ["value"], a => new ListValue([.. Iteration.Enumerate(a[0])]))
        .Add("first", ["value"], a => FirstOr(Iteration.Enumerate(a[0]), "No first item, sequence was empty."))
        .Add("last", ["value"], a => FirstOr(Reversed(a[0]), "No last item, sequence was empty."))
        .Add("reverse", ["value"], Reverse)
        .Add("join", ["value", "d?", "attribute?"], Join)
        .Add("default", ["value", "default_value?", "boolean?"], a =>
            a[0] is Undefined || (a.Truth(2) && !PythonComparison.IsTrue(a[0])) ? a.Or(1, "") : a[0])
        .Alias("d", "default")
        .Add("items", ["value"], Items)
        .Add("dictsort", ["value", "case_sensitive?", "by?", "reverse?"], DictSort)
        .Add("sort", ["value", "reverse?", "case_sensitive?", "attribute?"], Sort)
        .Add("unique", ["value", "case_sensitive?", "attribute?"], a =>
            IteratorValue.Generator(Unique(Iteration.Enumerate(a[0]), new AttributePath(a[2]).Key(a.Truth(1)))))
        .Add("groupby", ["value", "attribute", "default?", "case_sensitive?"], GroupBy)
        .Add("min", ["value", "case_sensitive?", "attribute?"], a => Extreme(a, least: true))
        .Add("max", ["value", "case_sensitive?", "attribute?"], a => Extreme(a, least: false))
        .Add("sum", ["value", "attribute?", "start?"], Sum)
        .Add("batch", ["value", "linecount", "fill_with?"], (context, a) =>
            IteratorValue.Generator(Batch(context, Iteration.Enumerate(a[0]), a.Integer(1), a[2])))
        .Add("slice", ["value", "slices", "fill_with?"], (context, a) => Slice(context, [.. Iteration.Enumerate(a[0])], a.Integer(1), a[2]))
        .Add("attr", ["value", "name"], a => Members.GetOwn(a[0], a.Text(1)));

    private static object? FirstOr(IEnumerable<object?> items, string message)
    {
        foreach (var item in items)
            return item;
        return new Undefined(message);
    }

    private static IEnumerable<object?> Reversed(object? value) => value switch
    {
        DictValue dict => dict.Keys.Reverse(),
        SequenceValue or DictView or string or Undefined => Iteration.Enumerate(value).Reverse(),
        _ => throw TemplateFault.Type($"'{PythonText.TypeName(value)}' object is not reversible"),
    };

    private static object? Reverse(BoundArguments arguments) => arguments[0] switch
    {
        string text => string.Concat(CodePoints.Split(text).AsEnumerable().Reverse()),
        SequenceValue or DictValue or DictView or Undefined => new IteratorValue("list_reverseiterator", Reversed(arguments[0])),
        _ => new ListValue([.. Iteration.Enumerate(arguments[0]).Reverse()]),
    };

    private static object? Join(RenderContext context, BoundArguments arguments)
    {
        var path = new AttributePath(arguments[2]);
        var items = Iteration.Enumerate(arguments[0]).Select(item => (object?)PythonText.Str(path.Read(item)));
        return StringMethods.Join(context, PythonText.Str(arguments.Or(1, "")), items);
    }

    private static object? Items(BoundArguments arguments) => arguments[0] switch
    {
        Undefined => IteratorValue.Generator([]),
        DictValue dict => IteratorValue.Generator(DictMethods.Pairs(dict)),
        _ => throw TemplateFault.Type("Can only get item pairs from a mapping."),
    };

    private static object? DictSort(BoundArguments arguments)
    {
        if (arguments[0] is not DictValue dict)
            throw arguments[0] is Undefined undefined ? undefined.Fault() : TemplateFault.Type("dictsort needs a mapping");
        var position = (arguments.OptionalText(2) ?? "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw TemplateFault.Value("You can only sort by either \"key\" or \"value\""),
        };
        var caseSensitive = arguments.Truth(1);
        return new ListValue(PythonSort.Sort(DictMethods.Pairs(dict), Key, arguments.Truth(3)));

        object? Key(object? pair)
        {
            var value = ((TupleValue)pair!)[position];
            return caseSensitive ? value : AttributePath.IgnoreCase(value);
        }
    }

    private static object? Sort(BoundArguments arguments)
    {
        var caseSensitive = arguments.Truth(2);
        var attributes = arguments[3] is string text ? [.. text.Split(',')] : new[] { arguments[3] };
        var keys = attributes.Select(attribute => new AttributePath(attribute).Key(caseSensitive)).ToArray();
        return new ListValue(PythonSort.Sort(
            Iteration.Enumerate(arguments[0]), item => new ListValue([.. keys.Select(key => key(item))]), arguments.Truth(1)));
    }

    private static IEnumerable<object?> Unique(IEnumerable<object?> items, Func<object?, object?> key)
    {
        var seen = new DictValue();
        foreach (var item in items)
        {
            var value = key(item);
            if (seen.TryGet(value, out _))
                continue;
            seen.Set(value, null);
            yield return item;
        }
    }

    private static object? GroupBy(BoundArguments arguments)
    {
        var path = new AttributePath(arguments[1], arguments[2]);
        var key = path.Key(arguments.Truth(3));
        List<object?> groups = [];
        List<object?> members = [];
        foreach (var item in PythonSort.Sort(Iteration.Enumerate(arguments[0]), key))
        {
            if (members.Count > 0 && !PythonComparison.AreEqual(key(members[0]), key(item)))
            {
                groups.Add(new TupleValue(path.Read(members[0]), new ListValue(members)));
                members = [];
            }
            members.Add(item);
        }
        if (members.Count > 0)
            groups.Add(new TupleValue(path.Read(members[0]), new ListValue(members)));
        return new ListValue(groups);
    }

    private static object? Extreme(BoundArguments arguments, bool least)
    {
        var key = new AttributePath(arguments[2]).Key(arguments.Truth(1));
        object? best = null;
        var isEmpty = true;
        foreach (var item in Iteration.Enumerate(arguments[0]))
        {
            var isBetter = isEmpty || (least
                ? PythonComparison.Order(key(item), key(best), "<") < 0
                : PythonComparison.Order(key(item), key(best), ">") > 0);
            if (isBetter)
                best = item;
            isEmpty = false;
        }
        return isEmpty ? new Undefined("No aggregated item, sequence was empty.") : best;
    }

    private static object? Sum(RenderContext context, BoundArguments arguments)
    {
        var path = new AttributePath(arguments[1]);
        var sum = arguments.Or(2, 0L);
        if (sum is string)
            throw TemplateFault.Type("sum() can't sum strings [use ''.join(seq) instead]");
        foreach (var item in Iteration.Enumerate(arguments[0]))
            sum = Operators.Binary(context, BinaryOperator.Add, sum, path.Read(item));
        return sum;
    }

    private static IEnumerable<object?> Batch(RenderContext context, IEnumerable<object?> items, int size, object? fill)
    {
        List<object?> batch = [];
        foreach (var item in items)
        {
            if (batch.Count == size)
            {
                yield return new ListValue(batch);
                batch = [];
            }
            batch.Add(item);
        }
        if (batch.Count == 0)
            yield break;
        if (fill is not null && batch.Count < size)
        {
            context.Spend(size - batch.Count);
            batch.AddRange(Enumerable.Repeat(fill, size - batch.Count));
        }
        yield return new ListValue(batch);
    }

    private static object? Slice(RenderContext context, List<object?> items, int slices, object? fill)
    {
        if (slices == 0)
            throw new TemplateFault(ChatTemplateErrorKind.Arithmetic, "integer division or modulo by zero");
        context.Spend(Math.Max(0, slices));
        List<object?> result = [];
        var position = 0;
        for (var i = 0; i < slices; i++)
        {
            var isLonger = i < items.Count % slices;
            var count = (items.Count / slices) + (isLonger ? 1 : 0);
            var slice = items.GetRange(position, count);
            if (fill is not null && !isLonger)
                slice.Add(fill);
            result.Add(new ListValue(slice));
            position += count;
        }
        return IteratorValue.Generator(result);
    }
}
