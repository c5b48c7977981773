namespace Dllm.Tokenization.Templates;

/// <summary>
/// <c>value.name</c>, which finds methods before keys, <c>value[key]</c>, which finds keys before methods, and slices.
/// </summary>
internal static class Members
{
    private static readonly HashSet<string> ChangingListMethods =
        ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];

    private static readonly HashSet<string> ChangingDictMethods = ["clear", "pop", "popitem", "setdefault", "update"];

    public static object? GetAttribute(object? owner, string name)
    {
        if (owner is Undefined undefined)
            throw undefined.Fault();
        return TryFindMember(owner, name, out var value) || TryGetItem(owner, name, out value) ? value : Undefined.Member(owner, name);
    }

    public static object? GetItem(object? owner, object? key)
    {
        if (owner is Undefined undefined)
            throw undefined.Fault();
        return TryGetItem(owner, key, out var value) || (key is string name && TryFindMember(owner, name, out value))
            ? value
            : Undefined.Member(owner, key);
    }

    /// <summary>A method or attribute of the value's own; keys do not count.</summary>
    public static object? GetOwn(object? owner, string name)
    {
        if (owner is Undefined undefined)
            throw undefined.Fault();
        return TryFindMember(owner, name, out var value) ? value : Undefined.Member(owner, name);
    }

    public static object Slice(object? owner, object? start, object? stop, object? step)
    {
        switch (owner)
        {
            case string text:
                return SliceText(text, SliceIndices.Of(CodePoints.Count(text), start, stop, step));
            case RangeValue range:
                return range.Slice(SliceIndices.Of(range.Count, start, stop, step));
            case SequenceValue sequence:
                var slice = SliceIndices.Of(sequence.Count, start, stop, step);
                WorkMeter.Charge(8 + slice.Count);
                object?[] taken = [.. slice.Positions.Select(index => sequence[index])];
                return owner is TupleValue ? new TupleValue(taken) : new ListValue(taken);
            case Undefined undefined:
                throw undefined.Fault();
            case DictValue:
                throw TemplateFault.Type("unhashable type: 'slice'");
            default:
                throw TemplateFault.Type($"'{PythonText.TypeName(owner)}' object is not subscriptable");
        }
    }

    private static string SliceText(string text, SliceIndices slice)
    {
        WorkMeter.Charge(slice.Count);
        if (slice.Step == 1)
        {
            var first = CodePoints.ToUnits(text, (int)slice.First);
            return text[first..Math.Max(first, CodePoints.ToUnits(text, (int)slice.End))];
        }
        if (CodePoints.IsFlat(text))
            return string.Concat(slice.Positions.Select(index => text[index]));
        string[] characters = [.. CodePoints.Split(text)];
        return string.Concat(slice.Positions.Select(index => characters[index]));
    }

    private static bool TryGetItem(object? owner, object? key, out object? value)
    {
        value = null;
        switch (owner)
        {
            case DictValue dict:
                return key is not (ListValue or DictValue or NamespaceValue) && dict.TryGet(key, out value);
            case string text when key is long or bool:
                return TryGetCharacter(text, key is long position ? position : (bool)key ? 1 : 0, out value);
            case SequenceValue sequence when key is long or bool:
                var index = key is long number ? number : (bool)key ? 1 : 0;
                if (index < 0)
                    index += sequence.Count;
                if (index < 0 || index >= sequence.Count)
                    return false;
                value = sequence[(int)index];
                return true;
            default:
                return false;
        }
    }

    private static bool TryGetCharacter(string text, long index, out object? value)
    {
        value = null;
        if (index < 0)
            index += CodePoints.Count(text);
        if (index < 0 || index >= text.Length)
            return false;
        var start = CodePoints.ToUnits(text, (int)index);
        if (start >= text.Length)
            return false;
        var end = start;
        CodePoints.At(text, ref end);
        value = text[start..(end + 1)];
        return true;
    }

    /// <summary>Finds a method or attribute of a value's own, not a key.</summary>
    private static bool TryFindMember(object? owner, string name, out object? member)
    {
        if (owner is NamespaceValue space)
            return space.Attributes.TryGetValue(name, out member);
        if (owner is LoopValue loop)
            return loop.TryFind(name, out member);
        var isUnsafe = owner switch
        {
            ListValue => ChangingListMethods.Contains(name),
            DictValue => ChangingDictMethods.Contains(name),
            _ => false,
        };
        member = owner switch
        {
            _ when isUnsafe || name.StartsWith("__", StringComparison.Ordinal) => Undefined.Unsafe(owner, name),
            string text => StringMethods.Find(text, name),
            DictValue dict => DictMethods.Find(dict, name),
            SequenceValue sequence => SequenceMethods.Find(sequence, name),
            _ => null,
        };
        return member is not null;
    }
}
