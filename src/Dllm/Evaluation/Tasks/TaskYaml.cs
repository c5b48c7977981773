using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// One YAML file of a task or a group as the evaluation harness writes them, read as YAML 1.1 (PyYAML) reads it. A
/// <c>!function module.name</c> becomes an object that <see cref="HookName"/> reads.
/// </summary>
/// <param name="Path">The file, for messages and for what it includes.</param>
/// <param name="Values">Its top-level keys.</param>
/// <param name="Lines">Where each top-level key stands, counted from 1.</param>
internal sealed partial record TaskYaml(string Path, JsonObject Values, IReadOnlyDictionary<string, int> Lines)
{
    /// <summary>Reads a file's text.</summary>
    /// <exception cref="DllmException">It is no YAML, or no mapping.</exception>
    public static TaskYaml Parse(string path, TextReader reader)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(reader);
            if (yaml.Documents.Count == 0) return new TaskYaml(path, [], new Dictionary<string, int>());
            if (yaml.Documents[0].RootNode is not YamlMappingNode mapping)
                throw new DllmException($"the task file {path} is no mapping", "write lines such as 'task: name'");
            var lines = mapping.Children.Keys.ToDictionary(Key, key => (int)key.Start.Line);
            return new TaskYaml(path, (JsonObject)Convert(path, mapping)!, lines);
        }
        catch (YamlException e)
        {
            throw new DllmException($"the task file {path} is not valid YAML: line {e.Start.Line}: {e.Message}", innerException: e);
        }
    }

    /// <summary>A mistake at a top-level key.</summary>
    public DllmException Fault(string key, string what, string? remedy = null) =>
        new(Lines.TryGetValue(key, out var line) ? $"{Path}, line {line}: {what}" : $"{Path}: {what}", remedy);

    private static string Key(YamlNode node) => node is YamlScalarNode { Value: { } text } ? text : node.ToString();

    private static JsonNode? Convert(string path, YamlNode node)
    {
        if (node.Tag is { IsEmpty: false, IsLocal: true } tag)
        {
            if (tag.Value != HookName.FunctionKey || node is not YamlScalarNode { Value: { Length: > 0 } name })
            {
                throw new DllmException(
                    $"{path}, line {node.Start.Line}: the tag {tag.Value} is not known here", "the only tag is '!function module.name'");
            }

            return new JsonObject { [HookName.FunctionKey] = name, [HookName.FolderKey] = System.IO.Path.GetDirectoryName(path) ?? "" };
        }

        switch (node)
        {
            case YamlMappingNode mapping:
                var result = new JsonObject();
                foreach (var (key, value) in mapping.Children) result[Key(key)] = Convert(path, value);
                return result;
            case YamlSequenceNode list:
                return new JsonArray([.. list.Children.Select(item => Convert(path, item))]);
            case YamlScalarNode { Style: ScalarStyle.Plain } scalar when scalar.Tag.IsEmpty:
                return Plain(scalar.Value ?? "");
            default:
                return JsonValue.Create(((YamlScalarNode)node).Value ?? "");
        }
    }

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
        return Fraction().IsMatch(text) && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }

    [GeneratedRegex("^[-+]?(?:0|[1-9][0-9_]*)$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$")]
    private static partial Regex Fraction();
}
