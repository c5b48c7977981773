using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Dllm.Evaluation.Tasks;

/// <summary>
/// Reads a task's file as PyYAML does, that is as YAML 1.1: of a key that stands twice the later one counts, <c>&lt;&lt;</c> merges.
/// </summary>
internal sealed partial class TaskYamlReader(string path, string text)
{
    private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
    private readonly IParser _parser = new Parser(new StringReader(text));

    private const string Indented = "                                        ";

    /// <summary>
    /// The text with a line of a text in quotes further to the right where this parser, unlike PyYAML's strict about it, wants it so; null
    /// where the mistake is another. Such a line's leading blanks mean nothing, so more of them change nothing.
    /// </summary>
    public static string? Repaired(string text, YamlException e)
    {
        if (!e.Message.Contains("found wrong indentation", StringComparison.Ordinal)) return null;
        string[] lines = text.Split('\n');
        long at = e.End.Line - 1;
        if (at < 0 || at >= lines.Length || lines[at].StartsWith(Indented, StringComparison.Ordinal)) return null;
        lines[at] = Indented + lines[at];
        return string.Join('\n', lines);
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="DllmException">It is no mapping, or has an unknown tag.</exception>
    public TaskYaml Read()
    {
        var values = new JsonObject();
        var places = new Dictionary<string, (string, int)>();
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _) || _parser.Accept<Scalar>(out var nothing) && nothing.Value.Length == 0)
            return new TaskYaml(path, values, places);
        if (!_parser.Accept<MappingStart>(out _)) throw new DllmException($"the task file {path} is no mapping", "write lines such as 'task: name'");
        var start = _parser.Consume<MappingStart>();
        Pairs(start, values, (key, line) => places[key] = (path, line));
        return new TaskYaml(path, values, places);
    }

    private JsonNode? Node()
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias)) return _anchors.TryGetValue(alias.Value, out var known) ? known?.DeepClone() : null;
        var node = _parser.Accept<NodeEvent>(out var next) ? next : throw new YamlException("a value is expected");
        var value = Value(node);
        if (!node.Anchor.IsEmpty) _anchors[node.Anchor] = value;
        return value;
    }

    private JsonNode? Value(NodeEvent node)
    {
        if (node.Tag is { IsEmpty: false, IsLocal: true } tag) return Hook(node, tag.Value);
        if (_parser.TryConsume<MappingStart>(out var mapping))
        {
            var result = new JsonObject();
            Pairs(mapping, result, null);
            return result;
        }

        if (_parser.TryConsume<SequenceStart>(out _))
        {
            var list = new JsonArray();
            while (!_parser.TryConsume<SequenceEnd>(out _)) list.Add(Node());
            return list;
        }

        var scalar = _parser.Consume<Scalar>();
        return scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty ? Plain(scalar.Value) : JsonValue.Create(scalar.Value);
    }

    private void Pairs(MappingStart start, JsonObject result, Action<string, int>? note)
    {
        List<JsonNode?> merged = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
                throw new DllmException($"{path}, line {_parser.Current!.Start.Line}: a key is no text", "write lines such as 'task: name'");
            note?.Invoke(key.Value, (int)key.Start.Line);
            var value = Node();
            if (key is { Value: "<<", Style: ScalarStyle.Plain }) merged.Add(value);
            else result[key.Value] = value;
        }

        // Of several merged mappings the first has a say, behind the mapping's own keys.
        foreach (var map in merged.SelectMany(value => value is JsonArray maps ? maps : Enumerable.Repeat(value, 1)))
        {
            if (map is not JsonObject pairs)
                throw new DllmException($"{path}, line {start.Start.Line}: what '<<' merges is no mapping", "give it an anchor of a mapping");
            foreach (var (key, value) in pairs.Where(pair => !result.ContainsKey(pair.Key))) result[key] = value?.DeepClone();
        }
    }

    private JsonObject Hook(NodeEvent node, string tag)
    {
        if (tag != HookName.FunctionKey || !_parser.TryConsume<Scalar>(out var name) || name.Value.Length == 0)
        {
            throw new DllmException(
                $"{path}, line {node.Start.Line}: the tag {tag} is not known here", "the only tag is '!function module.name'");
        }

        return new JsonObject { [HookName.FunctionKey] = name.Value, [HookName.FolderKey] = Path.GetDirectoryName(path) ?? "" };
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
