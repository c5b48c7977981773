namespace Dllm.Tokenization.Templates;

/// <summary>The methods of dicts that do not change them.</summary>
internal static class DictMethods
{
    private static readonly MethodTable<DictValue> Table = new MethodTable<DictValue>()
        .Add("keys", dict => new DictView("dict_keys", [.. dict.Keys]))
        .Add("values", dict => new DictView("dict_values", [.. dict.Values]))
        .Add("items", dict => new DictView("dict_items", [.. Pairs(dict)]))
        .Add("copy", dict => dict)
        .Add("get", ["key", "default?"], (dict, arguments) => dict.TryGet(arguments[0], out var value) ? value : arguments[1]);

    public static Callable? Find(DictValue dict, string name) => Table.Find(dict, name);

    /// <summary>The dict's items as tuples.</summary>
    public static IEnumerable<TupleValue> Pairs(DictValue dict) => dict.Items.Select(item => new TupleValue(item.Key, item.Value));
}

/// <summary>The methods of lists, tuples and ranges that do not change them.</summary>
internal static class SequenceMethods
{
    private static readonly MethodTable<SequenceValue> Table = new MethodTable<SequenceValue>()
        .Add("count", ["value"], (items, arguments) => (long)items.Count(item => PythonComparison.AreEqual(item, arguments[0])))
        .Add("index", ["value", "start?", "stop?"], IndexOf);

    private static readonly MethodTable<SequenceValue> ListTable = new MethodTable<SequenceValue>().Add("copy", items => items);

    public static Callable? Find(SequenceValue sequence, string name) =>
        Table.Find(sequence, name) ?? (sequence is ListValue ? ListTable.Find(sequence, name) : null);

    private static object? IndexOf(SequenceValue items, BoundArguments arguments)
    {
        foreach (var i in SliceIndices.Of(items.Count, arguments[1], arguments[2], null).Positions)
        {
            if (PythonComparison.AreEqual(items[i], arguments[0]))
                return (long)i;
        }
        throw TemplateFault.Value($"{PythonText.Repr(arguments[0])} is not in {PythonText.TypeName(items)}");
    }
}
