using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Checkpoints;

/// <summary>
/// A configuration of Hugging Face's layout (config.json, generation_config.json), read by type: each mistake is one clear error that
/// names the file, the key, the value and the bound. Keys nobody asks for are kept, so that saving loses nothing. Immutable.
/// </summary>
public sealed class JsonConfig
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The indices of the largest checkpoints have a few megabytes.</summary>
    private const long LargestFile = 256 << 20;

    private readonly JsonObject _root;
    private readonly string[] _sections;

    private JsonConfig(JsonObject root, string source, params string[] sections)
    {
        _root = root;
        _sections = sections;
        Source = source;
    }

    /// <summary>Where it was read from, for messages.</summary>
    public string Source { get; }

    /// <summary>The family's name: <c>model_type</c>.</summary>
    public string ModelType => Text("model_type");

    /// <summary>Reads a file.</summary>
    /// <exception cref="DllmException">The file is missing or is not a JSON object.</exception>
    public static JsonConfig Load(string path)
    {
        if (!File.Exists(path) && FileKind.Special(path) is null)
        {
            throw new DllmException(
                $"'{path}' does not exist", "give the folder of a Hugging Face checkpoint (it holds config.json and model.safetensors)");
        }

        return Parse(PlainFile.ReadText(path, LargestFile), path);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="source">What messages call it.</param>
    public static JsonConfig Parse(string json, string source)
    {
        try
        {
            return JsonInput.ParseNode(json) is JsonObject root
                ? new JsonConfig(root, source)
                : throw new DllmException($"'{source}' is not a JSON object");
        }
        catch (JsonException error)
        {
            throw new DllmException($"'{source}' is not valid JSON: {error.Message}", "fetch the file again", error);
        }
    }

    /// <summary>The keys, in the order they were read.</summary>
    public IEnumerable<string> Keys => Guard(() => _root.Select(pair => pair.Key).ToList());

    /// <summary>Whether the key is there with a value other than null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>A value as it is in the file, or null.</summary>
    internal JsonNode? Node(string key) => Find(key);

    /// <summary>An integer within bounds that must be there, unless a fallback is given.</summary>
    public int Integer(string key, int? fallback = null, int min = 0, int max = int.MaxValue) =>
        OptionalInteger(key, min, max) ?? fallback ?? throw Missing(key, StandIn(key, min, max));

    /// <summary>An integer within bounds, or null.</summary>
    public int? OptionalInteger(string key, int min = 0, int max = int.MaxValue)
    {
        if (Find(key) is not { } node)
            return null;
        if (node is not JsonValue value || Whole(value) is not { } number)
            throw Wrong(key, node, "an integer", StandIn(key, min, max));
        return number >= min && number <= max
            ? (int)number
            : throw Wrong(key, node, $"an integer from {min} to {max}", StandIn(key, min, max));
    }

    /// <summary>A number within bounds that must be there, unless a fallback is given.</summary>
    public double Number(string key, double? fallback = null, double min = double.MinValue, double max = double.MaxValue)
    {
        if (Find(key) is not { } node)
            return fallback ?? throw Missing(key, Math.Clamp(1, min, max));
        if (node is not JsonValue value || !value.TryGetValue<double>(out var number))
            throw Wrong(key, node, "a number", fallback ?? Math.Clamp(1, min, max));
        return number >= min && number <= max
            ? number
            : throw Wrong(
                key,
                node,
                string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"),
                fallback ?? Math.Clamp(1, min, max));
    }

    /// <summary>True or false; it must be there unless a fallback is given.</summary>
    public bool Flag(string key, bool? fallback = null) => Find(key) switch
    {
        null => fallback ?? throw Missing(key, false),
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        { } other => throw Wrong(key, other, "true or false", fallback ?? false),
    };

    /// <summary>Whether the key is there and is a whole number.</summary>
    public bool IsInteger(string key, out long value)
    {
        var number = Find(key) is JsonValue found ? Whole(found) : null;
        value = number ?? 0;
        return number is not null;
    }

    /// <summary>Whether the key is there and is true or false.</summary>
    public bool IsFlag(string key) => Find(key) is JsonValue value && value.TryGetValue<bool>(out _);

    /// <summary>A text; it must be there unless a fallback is given.</summary>
    public string Text(string key, string? fallback = null) => Find(key) switch
    {
        null => fallback ?? throw Missing(key, ""),
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        { } other => throw Wrong(key, other, "a text", fallback ?? ""),
    };

    /// <summary>A list of texts, or null.</summary>
    public IReadOnlyList<string>? Texts(string key) => Find(key) switch
    {
        null => null,
        JsonArray items => [.. items.Select(item =>
            item is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Wrong(key, items, "a list of texts"))],
        { } other => throw Wrong(key, other, "a list of texts"),
    };

    /// <summary>A list of integers, or null.</summary>
    public IReadOnlyList<long>? Integers(string key) => Find(key) switch
    {
        null => null,
        JsonArray items => [.. items.Select(item =>
            item is JsonValue value && Whole(value) is { } number ? number : throw Wrong(key, items, "a list of integers"))],
        { } other => throw Wrong(key, other, "a list of integers"),
    };

    /// <summary>An integer alone or a list of them, or null.</summary>
    public IReadOnlyList<long>? IntegerOrIntegers(string key) => Find(key) switch
    {
        JsonArray => Integers(key),
        JsonValue value when Whole(value) is { } number => [number],
        null => null,
        { } other => throw Wrong(key, other, "an integer or a list of integers"),
    };

    /// <summary>A text that names one of the given things; it must be there unless a fallback is given.</summary>
    public T Choice<T>(string key, IReadOnlyDictionary<string, T> choices, string? fallback = null)
    {
        var standIn = fallback ?? choices.Keys.First();
        if (fallback is null && !Has(key))
            throw Missing(key, standIn);
        var name = Text(key, fallback);
        return choices.TryGetValue(name, out var choice)
            ? choice
            : throw Wrong(key, name, $"one of {string.Join(", ", choices.Keys)}", standIn);
    }

    /// <summary>An object within the object, or null.</summary>
    public JsonConfig? Section(string key) => Find(key) switch
    {
        null => null,
        JsonObject section => new JsonConfig(section, $"{Source}, {key}", [.. _sections, key]),
        { } other => throw Wrong(key, other, "an object"),
    };

    /// <summary>The same configuration with one key set; null removes it.</summary>
    public JsonConfig With(string key, JsonNode? value)
    {
        var root = _root.DeepClone().AsObject();
        if (value is null)
            root.Remove(key);
        else
            root[key] = JsonNode.Parse(value.ToJsonString()); // by way of text, so that it reads as one from a file does
        return new JsonConfig(root, Source);
    }

    /// <summary>The text of the file: indented by two, keys in the order they were read.</summary>
    public string ToJson() => Indent(_root);

    /// <summary>JSON as this project writes it into files.</summary>
    internal static string Indent(JsonObject root) => root.ToJsonString(Indented) + "\n";

    /// <summary>An error about this configuration as a whole, such as two keys that do not fit each other.</summary>
    public DllmException Error(string what, string? remedy = null) => new($"'{Source}': {what}", remedy);

    private JsonNode? Find(string key) => Guard(() => _root[key]);

    private T Guard<T>(Func<T> look)
    {
        try
        {
            return look();
        }
        catch (ArgumentException error) // the reader is lazy: a key given twice shows at the first look-up
        {
            throw new DllmException($"'{Source}' gives a key twice", "remove one of them", error);
        }
    }

    private static long? Whole(JsonValue value) =>
        value.TryGetValue<long>(out var whole) ? whole
        : value.TryGetValue<double>(out var real) && real == Math.Floor(real) && Math.Abs(real) < 1e15 ? (long)real
        : null;

    /// <summary>The same configuration with a faulty key's stand-in.</summary>
    internal JsonConfig Mended(ConfigFault fault)
    {
        var root = _root.DeepClone().AsObject();
        var section = fault.Path.SkipLast(1).Aggregate(root, (at, key) => at[key]!.AsObject());
        section.Remove(fault.Path[^1]);
        if (fault.StandIn is not null)
            section[fault.Path[^1]] = JsonNode.Parse(fault.StandIn.ToJsonString());
        return new JsonConfig(root, Source);
    }

    /// <summary>Within the bounds, and large where other keys must lie below it.</summary>
    private static JsonNode StandIn(string key, int min, int max)
    {
        var boundsOthers = key.Contains("vocab", StringComparison.Ordinal) || key.Contains("position", StringComparison.Ordinal);
        return Math.Clamp(boundsOthers ? 1 << 16 : 1, min, max);
    }

    private DllmException Missing(string key, JsonNode? standIn) =>
        new($"'{Source}' has no '{key}'", "it is not a configuration of this kind, or incomplete")
        {
            Key = new([.. _sections, key], standIn),
        };

    private DllmException Wrong(string key, JsonNode value, string expected, JsonNode? standIn = null) =>
        Wrong(key, value.ToJsonString(), expected, standIn);

    private DllmException Wrong(string key, string value, string expected, JsonNode? standIn) =>
        new($"'{Source}': '{key}' is {Shorten(value)} but must be {expected}") { Key = new([.. _sections, key], standIn) };

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
