using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Dllm.Checkpoints;

/// <summary>
/// The header of a safetensors file: 8 bytes of length, then JSON that names each tensor's type, shape and bytes. Everything is checked
/// against the file's true length before it is believed: names are unique, the bytes of a tensor are as many as shape and type need, and
/// all together fill the rest of the file without a hole or an overlap.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference reader's own bound; the largest published checkpoints need a few megabytes.</summary>
    public const long MaxHeader = 100_000_000;

    /// <summary>No tensor of a model has more dimensions.</summary>
    private const int MaxRank = 64;

    private readonly string _path;
    private readonly long _dataStart;
    private readonly long _fileLength;
    private readonly Dictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path, long headerLength, long fileLength)
    {
        _path = path;
        _dataStart = sizeof(ulong) + headerLength;
        _fileLength = fileLength;
    }

    public IReadOnlyDictionary<string, TensorEntry> Tensors => _tensors;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Bytes of the file.</summary>
    public long FileLength => _fileLength;

    /// <summary>Reads the header of a file.</summary>
    /// <exception cref="DllmException">The file is missing, truncated or breaks a rule of the format.</exception>
    public static SafetensorsHeader Read(string path)
    {
        using var stream = PlainFile.OpenRead(path);
        return Read(stream, path, stream.Length);
    }

    /// <summary>Reads the header from the beginning of a file of known length.</summary>
    /// <param name="stream">At least the header.</param>
    /// <param name="path">What messages call the file.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    public static SafetensorsHeader Read(Stream stream, string path, long fileLength)
    {
        if (fileLength < sizeof(ulong))
            throw Broken(path, $"it has {fileLength} bytes, fewer than the 8 that begin a safetensors file");
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        var declared = reader.ReadUInt64();
        if (declared > (ulong)(fileLength - sizeof(ulong)))
            throw Broken(path, $"its header claims {declared} bytes but only {fileLength - sizeof(ulong)} follow");
        if (declared > MaxHeader)
            throw Broken(path, $"its header of {declared} bytes is larger than the {MaxHeader} that the format allows");
        var json = reader.ReadBytes((int)declared);
        var header = new SafetensorsHeader(path, (long)declared, fileLength);
        header.Parse(json);
        header.CheckLayout();
        return header;
    }

    private void Parse(byte[] json)
    {
        if (json.Length == 0 || json[0] != '{')
            throw Broken("its header does not begin with '{'");
        if (!Utf8.IsValid(json))
            throw Broken("its header is not UTF-8");
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (name == "__metadata__")
                    ParseMetadata(ref reader);
                else if (!_tensors.TryAdd(name, ParseTensor(ref reader, name)))
                    throw Broken($"tensor '{SafeText.Show(name)}' is listed twice");
            }

            if (reader.Read()) // only blanks may follow; anything else throws by itself
                throw Broken("its header goes on after the closing brace");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException is what the reader throws for a text with half a surrogate pair.
            throw Broken($"its header is not valid JSON ({error.Message})");
        }
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType, JsonTokenType.StartObject, "__metadata__ must be an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            Expect(reader.TokenType, JsonTokenType.String, "__metadata__ must hold texts");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw Broken($"__metadata__ gives '{SafeText.Show(key)}' twice");
        }
    }

    private TensorEntry ParseTensor(ref Utf8JsonReader reader, string name)
    {
        Expect(reader.TokenType, JsonTokenType.StartObject, $"tensor '{SafeText.Show(name)}' must be an object");
        SafetensorsType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = SafetensorsTypes.TryParse(reader.GetString()!, out var known)
                        ? known
                        : throw Broken($"tensor '{SafeText.Show(name)}' has the unknown type '{SafeText.Show(reader.GetString()!)}'");
                    break;
                case "shape" when shape is null:
                    shape = ParseNumbers(ref reader, name, key, MaxRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseNumbers(ref reader, name, key, 2);
                    break;
                default:
                    throw Broken($"tensor '{SafeText.Show(name)}' has an unexpected, repeated or wrong '{SafeText.Show(key)}'");
            }
        }

        return type is { } stored && shape is not null && offsets is [var begin, var end]
            ? Check(name, stored, shape, begin, end)
            : throw Broken($"tensor '{SafeText.Show(name)}' needs dtype, shape and two data_offsets");
    }

    private List<long> ParseNumbers(ref Utf8JsonReader reader, string name, string key, int most)
    {
        Expect(reader.TokenType, JsonTokenType.StartArray, $"tensor '{SafeText.Show(name)}': {key} must be a list");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0 || numbers.Count == most)
                throw Broken($"tensor '{SafeText.Show(name)}': {key} must hold at most {most} whole numbers from 0 to 2^63 - 1");
            numbers.Add(number);
        }

        return numbers;
    }

    private TensorEntry Check(string name, SafetensorsType type, List<long> shape, long begin, long end)
    {
        var dataLength = _fileLength - _dataStart;
        if (begin > end || end > dataLength)
            throw Broken($"tensor '{SafeText.Show(name)}' claims bytes {begin} to {end} of the {dataLength} that the file has");
        var elements = (UInt128)1;
        foreach (var size in shape.Where(size => size > 0)) // even an empty tensor's other sizes must multiply to something sane
        {
            elements *= (UInt128)size; // each factor is below 2^63
            if (elements > long.MaxValue)
                throw Broken($"tensor '{SafeText.Show(name)}' has more than 2^63 elements");
        }

        var bits = shape.Contains(0) ? 0 : elements * (UInt128)type.Bits();
        return bits == 8 * (UInt128)(end - begin)
            ? new TensorEntry(name, type, shape, _dataStart + begin, end - begin)
            : throw Broken($"tensor '{SafeText.Show(name)}' of {type} [{string.Join(", ", shape)}] does not fit its {end - begin} bytes");
    }

    private void CheckLayout()
    {
        var next = _dataStart;
        foreach (var tensor in _tensors.Values.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.ByteLength))
        {
            if (tensor.Offset != next)
            {
                var fault = tensor.Offset < next ? "overlaps the one before it" : "leaves a hole before it";
                throw Broken($"tensor '{SafeText.Show(tensor.Name)}' {fault} (it begins at byte {tensor.Offset}, {next} was due)");
            }

            next += tensor.ByteLength;
        }

        if (next != _fileLength)
            throw Broken($"its tensors end at byte {next} but it has {_fileLength} bytes");
    }

    private void Expect(JsonTokenType actual, JsonTokenType expected, string message)
    {
        if (actual != expected)
            throw Broken(message);
    }

    private DllmException Broken(string what) => Broken(_path, what);

    private static DllmException Broken(string path, string what) =>
        new($"'{path}' is not a whole safetensors file: {what}", "fetch or write the file again");
}
