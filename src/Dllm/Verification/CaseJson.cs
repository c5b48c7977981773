using System.Text.Json;
using Dllm.Tokenization;

namespace Dllm.Verification;

/// <summary>Short reads of what data cases hold.</summary>
internal static class CaseJson
{
    /// <summary>A list of whole numbers.</summary>
    public static int[] Ints(this JsonElement element) => [.. element.EnumerateArray().Select(n => n.GetInt32())];

    /// <summary>A list of lists of whole numbers.</summary>
    public static int[][] IntRows(this JsonElement element) => [.. element.EnumerateArray().Select(Ints)];

    /// <summary>A list of texts.</summary>
    public static string[] Texts(this JsonElement element) => [.. element.EnumerateArray().Select(t => t.GetString()!)];

    /// <summary>The value of a key that may be missing or null.</summary>
    public static JsonElement? Optional(this JsonElement element, string key)
        => element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A whole number that may be missing or null.</summary>
    public static int? OptionalInt(this JsonElement element, string key) => element.Optional(key)?.GetInt32();

    /// <summary>A text that may be missing or null.</summary>
    public static string? OptionalText(this JsonElement element, string key) => element.Optional(key)?.GetString();

    /// <summary>A text of a key that must be there.</summary>
    public static string Text(this JsonElement element, string key) => element.GetProperty(key).GetString()!;

    /// <summary>A whole number of a key that must be there.</summary>
    public static int Int(this JsonElement element, string key) => element.GetProperty(key).GetInt32();

    /// <summary>A truth value of a key that must be there.</summary>
    public static bool Bool(this JsonElement element, string key) => element.GetProperty(key).GetBoolean();

    /// <summary>The items of a list, each with its place.</summary>
    public static IEnumerable<(int Index, JsonElement Item)> Items(this JsonElement element, string key)
        => element.GetProperty(key).EnumerateArray().Select((item, i) => (i, item));

    /// <summary>A list of messages, nulls and parts as the original's templates are given them.</summary>
    public static ChatMessage[] Messages(this JsonElement element) => [.. element.EnumerateArray().Select(message => ChatMessage.Of(
        JsonInput.Value(message) as IReadOnlyDictionary<string, object?> ?? throw new DllmException("a message of the case is not an object")))];

    /// <summary>Passes if <paramref name="action"/> tells the user of a mistake, where the original raises an error.</summary>
    public static CheckResult Refuses(string name, Action action)
    {
        try
        {
            action();
        }
        catch (DllmException)
        {
            return CheckResult.Exact(name, true);
        }

        return CheckResult.Exact(name, false, "expected an error");
    }
}
