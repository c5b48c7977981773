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
        WorkMeter.Step();
        return value switch
        {
            null or string or bool or long or double or BigInteger => value,
            int or short or byte or sbyte or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            ulong number => PythonNumber.Normalize(number),
            float number => (double)number,
            decimal number => (double)number,
            char letter => letter.ToString(),
            JsonElement element => ToTemplate(JsonInput.Value(element)),
            JsonNode node => ToTemplate(JsonInput.Value(JsonSerializer.SerializeToElement(node))),
            JsonDocument document => ToTemplate(JsonInput.Value(document.RootElement)),
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
}
