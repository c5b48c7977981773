using System.Text.Json;

namespace Dllm.Data;

/// <summary>JSON as the values that <see cref="DataRow"/> holds.</summary>
internal static class JsonValues
{
    /// <summary>A row of a JSON object.</summary>
    public static DataRow Row(JsonElement element) => new((IReadOnlyDictionary<string, object?>)Value(element)!);

    /// <summary>A text, whole number (<c>long</c> where it fits), number, truth value, list, object, or null.</summary>
    public static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out var number) ? (object)number : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.Object => Object(element),
        _ => null,
    };

    private static Dictionary<string, object?> Object(JsonElement element)
    {
        var values = new Dictionary<string, object?>();
        foreach (var property in element.EnumerateObject())
        {
            values[property.Name] = Value(property.Value); // of equal names the last counts, as in Python
        }

        return values;
    }
}
