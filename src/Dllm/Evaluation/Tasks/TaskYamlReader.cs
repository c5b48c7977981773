using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// Understands a task's file as PyYAML does, that is as YAML 1.1: of a key that stands twice the later one counts, <c>&lt;&lt;</c> merges.
/// </summary>
internal static partial class TaskYamlReader
{
    private const string Merge = "<<";

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="DllmException">It is no YAML or no mapping, or has an unknown tag.</exception>
    public static TaskYaml Read(string path, string text)
    {
        var places = new Dictionary<string, (string, int)>();
        if (YamlText.Read(path, text) is not { } root) return new TaskYaml(path, [], places);
        if (root is not YamlMap map) throw new DllmException($"the task file {path} is no mapping", "write lines such as 'task: name'");
        foreach (var (key, _) in map.Pairs) places[key.Text] = (path, key.Line);
        return new TaskYaml(path, Pairs(map, path), places);
    }

    private static JsonNode? Value(YamlNode node, string path) => node switch
    {
        { Tag: not null } => Hook(node, path),
        YamlMap map => Pairs(map, path),
        YamlList list => new JsonArray([.. list.Items.Select(item => Value(item, path))]),
        YamlScalar { IsPlain: true } scalar => Plain(scalar.Text),
        var scalar => JsonValue.Create(((YamlScalar)scalar).Text),
    };

    private static JsonObject Pairs(YamlMap map, string path)
    {
        var result = new JsonObject();
        List<JsonNode?> merged = [];
        foreach (var (key, value) in map.Pairs)
        {
            if (key is { Text: Merge, IsPlain: true }) merged.Add(Value(value, path));
            else result[key.Text] = Value(value, path);
        }

        // Of several merged mappings the first has a say, after the mapping's own keys.
        foreach (var more in merged.SelectMany(value => value is JsonArray maps ? maps : Enumerable.Repeat(value, 1)))
        {
            if (more is not JsonObject pairs)
                throw new DllmException($"{path}, line {map.Line}: what '<<' merges is no mapping", "give it an anchor of a mapping");
            foreach (var (key, value) in pairs.Where(pair => !result.ContainsKey(pair.Key))) result[key] = value?.DeepClone();
        }

        return result;
    }

    private static JsonObject Hook(YamlNode node, string path) => node is YamlScalar { Tag: HookName.FunctionKey, Text: { Length: > 0 } name }
        ? new JsonObject { [HookName.FunctionKey] = name, [HookName.FolderKey] = Path.GetDirectoryName(path) ?? "" }
        : throw new DllmException($"{path}, line {node.Line}: the tag {node.Tag} is not known here", "the only tag is '!function module.name'");

    /// <summary>What a text without quotes means in YAML 1.1; a number in exponents needs its point there.</summary>
    private static JsonValue? Plain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
        }

        var digits = text.Replace("_", "");
        if (Whole().IsMatch(text) && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return JsonValue.Create(whole);
        return Fraction().IsMatch(text) && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }

    [GeneratedRegex("^[-+]?(?:0|[1-9][0-9_]*)$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$")]
    private static partial Regex Fraction();
}
