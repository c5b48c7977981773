namespace Dllm.Data;

/// <summary>
/// Calls of tools as chat templates expect them: objects <c>{type, function: {name, arguments}}</c> with arguments as an object. OpenAI's
/// interface gives arguments as JSON text, ShareGPT's rows the whole call; tables leave null in every field that a row lacks.
/// </summary>
internal static class ToolCalls
{
    private const string Name = "name";
    private const string Arguments = "arguments";
    private const string Function = "function";

    /// <summary>The calls of a field: a list, one call, or either as JSON text; none where it is null or empty.</summary>
    /// <exception cref="DllmException">It is something else.</exception>
    public static IReadOnlyList<object?> Read(object? value) => TryRead(value, out var calls)
        ? calls
        : throw new DllmException(
            "the tool calls of a message are no list of objects that name a function",
            "write each as {\"type\": \"function\", \"function\": {\"name\": \"…\", \"arguments\": {…}}}");

    /// <summary>As <see cref="Read"/>; false where it is something else.</summary>
    public static bool TryRead(object? value, out IReadOnlyList<object?> calls)
    {
        var parsed = Parsed(value);
        var items = parsed switch
        {
            null => [],
            IReadOnlyList<object?> list => list,
            _ => [parsed],
        };
        calls = [.. items.Where(item => item is not null).Select(Call)];
        return !calls.Contains(null);
    }

    /// <summary>Without the members of objects that are null, at any depth.</summary>
    public static object? WithoutNulls(object? value) => value switch
    {
        IReadOnlyDictionary<string, object?> map => new OrderedDictionary<string, object?>(map
            .Where(member => member.Value is not null)
            .Select(member => KeyValuePair.Create(member.Key, WithoutNulls(member.Value)))),
        IReadOnlyList<object?> list => list.Select(WithoutNulls).ToArray(),
        _ => value,
    };

    /// <summary>The value of JSON text; blank text is null. What is no JSON, or no text, is returned as it is.</summary>
    public static object? Parsed(object? value) => value switch
    {
        string text when string.IsNullOrWhiteSpace(text) => null,
        string text when JsonInput.TryValue(text, out var parsed) => parsed,
        _ => value,
    };

    private static OrderedDictionary<string, object?>? Call(object? value)
    {
        if (Parsed(value) is not IReadOnlyDictionary<string, object?> call)
        {
            return null;
        }

        var isWrapped = call.GetValueOrDefault(Function) is IReadOnlyDictionary<string, object?>;
        var inner = isWrapped ? (IReadOnlyDictionary<string, object?>)call[Function]! : call;
        if (inner.GetValueOrDefault(Name) is not string)
        {
            return null;
        }

        var function = new OrderedDictionary<string, object?>();
        foreach (var (name, member) in inner)
        {
            if (name == Arguments)
            {
                function[name] = member is string text ? ArgumentsOf(text) : WithoutNulls(member);
            }
            else if (member is not null && (isWrapped || name == Name))
            {
                function[name] = member;
            }
        }

        var result = new OrderedDictionary<string, object?> { ["type"] = Function };
        foreach (var (name, member) in call)
        {
            if (member is not null && name != Function && (isWrapped || (name != Name && name != Arguments)))
            {
                result[name] = WithoutNulls(member);
            }
        }

        result[Function] = function;
        return result;
    }

    private static object? ArgumentsOf(string text) => Parsed(text) switch
    {
        null => new OrderedDictionary<string, object?>(),
        IReadOnlyDictionary<string, object?> arguments => arguments,
        _ => text,
    };
}
