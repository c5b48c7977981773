using System.Text.Json;
using System.Text.Unicode;

namespace Dllm.Tokenization;

/// <summary>A part of a JSON file that knows where it stands, so that every complaint names the file and the key.</summary>
internal readonly struct JsonSection
{
    /// <summary>Largest tokenizer file read; the largest published ones have about 35 MB.</summary>
    private const long LargestFile = 1L << 30;

    private readonly string _file;
    private readonly string _path;

    private JsonSection(JsonElement element, string file, string path)
    {
        Element = element;
        _file = file;
        _path = path;
    }

    public JsonElement Element { get; }

    public bool IsText => Element.ValueKind == JsonValueKind.String;

    public bool IsObject => Element.ValueKind == JsonValueKind.Object;

    public bool IsList => Element.ValueKind == JsonValueKind.Array;

    /// <summary>The file and the key, for complaints that come later.</summary>
    public string Place => $"{_file}: {Where()}";

    public static byte[] ReadFile(string path)
    {
        if (!File.Exists(path) && FileKind.Special(path) is null)
        {
            throw new DllmException(
                $"{path}: there is no such file", "give a directory with a tokenizer.json, as Hugging Face checkpoints have");
        }

        return PlainFile.ReadBytes(path, LargestFile);
    }

    public static JsonSection Parse(byte[] utf8, string file)
    {
        if (!Utf8.IsValid(utf8))
        {
            using var text = new TextBytes(new MemoryStream(utf8), file);
            text.CopyTo(Stream.Null); // tells the line
            throw new DllmException($"{file}: not valid UTF-8", "fetch the file anew");
        }

        try
        {
            ReadOnlyMemory<byte> content = utf8.AsSpan().StartsWith("\uFEFF"u8) ? utf8.AsMemory(3) : utf8;
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 64 });
            JsonElement root = document.RootElement.Clone();
            return root.ValueKind == JsonValueKind.Object
                ? new JsonSection(root, file, "")
                : throw new DllmException($"{file}: its outermost value is {Kind(root)}, not an object");
        }
        catch (JsonException error)
        {
            throw new DllmException(
                $"{file}: not valid JSON ({error.Message})", "fetch the file anew: it may be truncated or a Git LFS pointer", error);
        }
    }

    public JsonSection Get(string key) => TryGet(key) ?? throw Error(key, "is missing");

    /// <summary>The value of a key, or null where the key is absent or JSON null.</summary>
    public JsonSection? TryGet(string key)
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw new DllmException($"{_file}: {Where()} is {Kind(Element)}, not an object");
        }

        return Element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? new JsonSection(value, _file, Join(key))
            : null;
    }

    /// <summary>The <c>type</c> of a component.</summary>
    public string Type() => Get("type").Text();

    public string Text()
    {
        try
        {
            return IsText ? Element.GetString()! : throw Wrong("a text");
        }
        catch (InvalidOperationException error)
        {
            throw new DllmException($"{_file}: {Where()} holds half of a surrogate pair", null, error);
        }
    }

    public string Text(string key) => Get(key).Text();

    public string? OptionalText(string key) => TryGet(key)?.Text();

    public bool Flag(string key, bool? otherwise = null)
    {
        if (TryGet(key) is not { } value)
        {
            return otherwise ?? throw Error(key, "is missing");
        }

        return value.Element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw value.Wrong("true or false"),
        };
    }

    public int Number() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value)
        ? value
        : throw Wrong("a 32-bit integer");

    public int Number(string key) => Get(key).Number();

    public double Real() => Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out double value)
        ? value
        : throw Wrong("a number");

    /// <summary>The elements of a list.</summary>
    public IEnumerable<JsonSection> Items()
    {
        if (!IsList)
        {
            throw Wrong("a list");
        }

        return Enumerate(this);

        static IEnumerable<JsonSection> Enumerate(JsonSection list)
        {
            int index = 0;
            foreach (JsonElement item in list.Element.EnumerateArray())
            {
                yield return new JsonSection(item, list._file, $"{list._path}[{index++}]");
            }
        }
    }

    /// <summary>The members of an object, in file order.</summary>
    public IEnumerable<(string Key, JsonSection Value)> Members()
    {
        if (!IsObject)
        {
            throw Wrong("an object");
        }

        return Enumerate(this);

        static IEnumerable<(string, JsonSection)> Enumerate(JsonSection owner)
        {
            foreach (JsonProperty member in owner.Element.EnumerateObject())
            {
                yield return (owner.NameOf(member), new JsonSection(member.Value, owner._file, owner.Join(member.Name)));
            }
        }
    }

    /// <summary>The name of a member, checked for half surrogate pairs.</summary>
    public string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException error)
        {
            throw new DllmException($"{_file}: a key of {Where()} holds half of a surrogate pair", null, error);
        }
    }

    /// <summary>A complaint about a component this reader does not know.</summary>
    public DllmException Unknown(string what, string name, string known) =>
        new($"{_file}: {Where()} is the {what} '{name}', which is not supported (known: {known})");

    public DllmException Error(string what) => new($"{_file}: {Where()} {what}");

    private DllmException Error(string key, string what) => new($"{_file}: {Join(key)} {what}");

    private DllmException Wrong(string expected) => new($"{_file}: {Where()} is {Kind(Element)}, not {expected}");

    private string Where() => _path.Length == 0 ? "the file" : _path;

    private string Join(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {element.GetRawText()}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };
}
