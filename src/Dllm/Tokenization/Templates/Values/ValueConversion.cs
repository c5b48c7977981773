using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Tokenization.Templates;

/// <summary>Turns .NET and JSON values given by the caller into those that templates work with.</summary>
internal static class ValueConversion
{
    public static object? ToTemplate(object? value)
    {
        StackGuard.Check();
        return value switch
        {
            null or string or bool or long or double or BigInteger => value,
            int or short or byte or sbyte or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            ulong number => PythonNumber.Normalize(number),
            float number => (double)number,
            decimal number => (double)number,
            char letter => letter.ToString(),
            JsonElement element => FromJson(element),
            JsonNode node => FromJson(JsonSerializer.SerializeToElement(node)),
            JsonDocument document => FromJson(document.RootElement),
            ChatMessage message => ToTemplate(message),
            IReadOnlyDictionary<string, object?> dictionary => FromPairs(dictionary),
            IReadOnlyDictionary<string, string> dictionary =>
                FromPairs(dictionary.Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value))),
            IEnumerable items => new ListValue([.. items.Cast<object?>().Select(ToTemplate)]),
            _ => throw new DllmException(
                $"a chat template cannot read a value of type {value.GetType().Name}",
                "give text, numbers, booleans, JSON, lists, or dictionaries with string keys"),
        };
    }

    public static DictValue ToTemplate(ChatMessage message)
    {
        var dict = new DictValue();
        dict.Set("role", message.Role);
        dict.Set("content", message.Content);
        foreach (var (name, value) in message.Fields)
            dict.Set(name, ToTemplate(value));
        return dict;
    }

    private static DictValue FromPairs(IEnumerable<KeyValuePair<string, object?>> pairs)
    {
        var dict = new DictValue();
        foreach (var (key, value) in pairs)
            dict.Set(key, ToTemplate(value));
        return dict;
    }

    private static object? FromJson(JsonElement element)
    {
        StackGuard.Check();
        return element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => ReadNumber(element),
            JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(FromJson)]),
            JsonValueKind.Object => ReadObject(element),
            _ => null,
        };
    }

    private static object ReadNumber(JsonElement element)
    {
        if (element.TryGetInt64(out var integer))
            return integer;
        var text = element.GetRawText();
        return text.AsSpan().IndexOfAny(".eE") >= 0
            ? element.GetDouble()
            : PythonNumber.Normalize(BigInteger.Parse(text, CultureInfo.InvariantCulture));
    }

    private static DictValue ReadObject(JsonElement element)
    {
        var dict = new DictValue();
        foreach (var property in element.EnumerateObject())
            dict.Set(property.Name, FromJson(property.Value));
        return dict;
    }
}
