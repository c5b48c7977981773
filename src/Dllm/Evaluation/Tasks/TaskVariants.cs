using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// One file for a family of tasks, an extension of dLLM: <c>dllm_variants</c> lists the variants, each a name or a mapping with
/// <c>id</c>; every <c>&lt;&lt;key&gt;&gt;</c> in the file's texts stands for the variant's value, and <c>&lt;&lt;id_words&gt;&gt;</c> for
/// its id with spaces in place of underscores. An including file may give other texts, or other variants.
/// </summary>
internal static class TaskVariants
{
    /// <summary>The key that lists the variants.</summary>
    public const string Key = "dllm_variants";

    private const int MostVariants = 1000;
    private const long MostLetters = 32 << 20;
    private const int LongestText = 1 << 16;

    /// <summary>The tasks of a file whose includes are merged: the file itself when it has no variants.</summary>
    /// <exception cref="DllmException">The list is none, or a variant has no id or two values under one key.</exception>
    public static IReadOnlyList<TaskYaml> Expand(TaskYaml file)
    {
        if (file.Values[Key] is not { } value) return [file];
        if (value is JsonArray { Count: > MostVariants } many)
            throw file.Fault(Key, $"'{Key}' lists {many.Count} variants, more than the {MostVariants} of one file", "split the file");
        if (value is not JsonArray { Count: > 0 } variants) throw file.Fault(Key, $"'{Key}' is no list of variants", "write names or mappings with 'id'");
        if (variants.Count * (long)file.Values.ToJsonString().Length > MostLetters)
            throw file.Fault(Key, $"{variants.Count} variants of this file have more than {MostLetters:N0} letters", "split the file");
        return [.. variants.Select(variant => Of(file, Values(file, variant)))];
    }

    private static TaskYaml Of(TaskYaml file, IReadOnlyDictionary<string, string> values)
    {
        var result = new JsonObject();
        foreach (var (key, value) in file.Values.Where(pair => pair.Key != Key)) file.At(key, () => result[key] = Fill(value, values));
        return file with { Values = result };
    }

    private static Dictionary<string, string> Values(TaskYaml file, JsonNode? variant)
    {
        var map = variant as JsonObject ?? new JsonObject { ["id"] = variant?.DeepClone() };
        var values = map.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "");
        if (!values.TryGetValue("id", out var id) || id.Length == 0) throw file.Fault(Key, "a variant has no 'id'", "write a name, or a mapping with 'id'");
        values["id_words"] = id.Replace('_', ' ');
        return values;
    }

    private static JsonNode? Fill(JsonNode? node, IReadOnlyDictionary<string, string> values) => node switch
    {
        JsonObject map => Fill(map, values),
        JsonArray list => new JsonArray([.. list.Select(item => Fill(item, values))]),
        JsonValue text when text.TryGetValue<string>(out var written) => JsonValue.Create(Fill(written, values)),
        _ => node?.DeepClone(),
    };

    private static JsonObject Fill(JsonObject map, IReadOnlyDictionary<string, string> values)
    {
        var result = new JsonObject();
        foreach (var (key, value) in map) result[Fill(key, values)] = Fill(value, values); // of keys that become one, the last counts
        return result;
    }

    private static string Fill(string text, IReadOnlyDictionary<string, string> values)
    {
        if (!text.Contains("<<", StringComparison.Ordinal)) return text;
        foreach (var (key, value) in values)
        {
            text = text.Replace($"<<{key}>>", value, StringComparison.Ordinal);
            if (text.Length > LongestText)
                throw new DllmException($"with the values of a variant in place, a text is longer than {LongestText:N0} letters", "let no value stand for many others");
        }

        return text;
    }
}
