using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm;

/// <summary>
/// Parses JSON that other programs wrote. Text cut in the middle of an emoji leaves half of a surrogate pair, as <c>\ud83d</c>; Python's
/// <c>json</c> reads that, and the parser here too, but every later look at such a text fails. So each half becomes U+FFFD before the
/// parsing, in keys and values alike, as <see cref="Tokenization.Tokenizer"/> reads it in a string.
/// </summary>
internal static class JsonInput
{
    private const int EscapeLength = 6;

    private static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a value.</summary>
    /// <exception cref="JsonException">It is not valid JSON.</exception>
    public static JsonDocument Parse(string json) => JsonDocument.Parse(Repair(json));

    /// <inheritdoc cref="Parse(string)"/>
    /// <param name="utf8">The text; halves of pairs in it are overwritten.</param>
    /// <param name="options">Null takes the defaults.</param>
    public static JsonDocument Parse(Memory<byte> utf8, JsonDocumentOptions options = default)
    {
        RepairPart(utf8.Span, isEnd: true);
        return JsonDocument.Parse(utf8, options);
    }

    /// <summary>Parses a value to be walked as nodes, which know no two values of one name.</summary>
    /// <exception cref="JsonException">It is not valid JSON, or an object has a name twice.</exception>
    public static JsonNode? ParseNode(string json) => JsonNode.Parse(Repair(json), documentOptions: Once);

    /// <summary>As <see cref="ParseNode"/>, of UTF-8 with or without a mark in front; of equal names the last counts, as in Python.</summary>
    /// <exception cref="JsonException">It is not valid JSON.</exception>
    public static JsonNode? ParseLast(ReadOnlySpan<byte> utf8)
    {
        var text = (utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8).ToArray();
        RepairPart(text, isEnd: true);
        try
        {
            return JsonNode.Parse(text, documentOptions: Once);
        }
        catch (JsonException)
        {
            using var document = JsonDocument.Parse(text);
            return Node(document.RootElement.Clone());
        }
    }

    private static JsonNode? Node(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
            return new JsonArray([.. element.EnumerateArray().Select(Node)]);
        if (element.ValueKind != JsonValueKind.Object)
            return element.ValueKind == JsonValueKind.Null ? null : JsonValue.Create(element);
        var result = new JsonObject();
        foreach (var property in element.EnumerateObject())
            result[property.Name] = Node(property.Value);
        return result;
    }

    /// <summary>
    /// A value as <c>string</c>, <c>long</c> (<see cref="BigInteger"/> where it does not fit), <c>double</c>, <c>bool</c>, null, a list or an
    /// object (<see cref="IReadOnlyDictionary{TKey,TValue}"/>, in the order given; of equal names the last counts): as Python reads it.
    /// </summary>
    public static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => Text(element),
        JsonValueKind.Number => Number(element),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.Object => Object(element),
        _ => null,
    };

    /// <summary>As <see cref="Value"/>, of a text; false where it is not valid JSON.</summary>
    public static bool TryValue(string json, out object? value)
    {
        try
        {
            using var document = Parse(json);
            value = Value(document.RootElement);
            return true;
        }
        catch (JsonException)
        {
            value = null;
            return false;
        }
    }

    /// <summary>A stream of JSON in UTF-8 with every half of a pair replaced; closing it closes <paramref name="stream"/>.</summary>
    public static Stream Repair(Stream stream) => new RepairingStream(stream);

    private static object Number(JsonElement element)
    {
        if (element.TryGetInt64(out long number)) return number;
        string text = element.GetRawText();
        return text.AsSpan().IndexOfAny(".eE") < 0 ? BigInteger.Parse(text, CultureInfo.InvariantCulture) : element.GetDouble();
    }

    private static OrderedDictionary<string, object?> Object(JsonElement element)
    {
        var values = new OrderedDictionary<string, object?>();
        foreach (var property in element.EnumerateObject()) values[property.Name] = Value(property.Value);
        return values;
    }

    // Only a document that was parsed elsewhere can still hold half of a pair.
    private static string? Text(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            using var repaired = Parse(element.GetRawText());
            return repaired.RootElement.GetString();
        }
    }

    private static string Repair(string json)
    {
        if (!json.Contains(@"\ud", StringComparison.OrdinalIgnoreCase)) return json;
        char[] letters = json.ToCharArray();
        RepairPart(letters.AsSpan(), isEnd: true);
        return new string(letters);
    }

    /// <summary>Overwrites the halves in a part of a text. An escape and its replacement are equally long, so nothing moves.</summary>
    /// <returns>How much of the part is done with: all of it but an escape that its end cuts.</returns>
    private static int RepairPart<T>(Span<T> text, bool isEnd)
        where T : unmanaged, IBinaryInteger<T>
    {
        int i = 0;
        while (text[i..].IndexOf(T.CreateTruncating('\\')) is >= 0 and int distance)
        {
            i += distance;
            if (!isEnd && i + (2 * EscapeLength) > text.Length) return i;
            int code = Escaped(text[i..]);
            if (code is < 0xD800 or > 0xDFFF)
            {
                i = Math.Min(i + 2, text.Length); // past "\\" and "\"" too, whose second letter begins no escape
            }
            else if (code < 0xDC00 && Escaped(text[(i + EscapeLength)..]) is >= 0xDC00 and <= 0xDFFF)
            {
                i += 2 * EscapeLength;
            }
            else
            {
                for (int k = 2; k < EscapeLength; k++) text[i + k] = T.CreateTruncating(k == EscapeLength - 1 ? 'D' : 'F');
                i += EscapeLength;
            }
        }

        return text.Length;
    }

    /// <summary>The code unit of an escape such as <c>\u00e9</c> that a text begins with; -1 where it begins with none.</summary>
    private static int Escaped<T>(Span<T> text)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (text.Length < EscapeLength || text[0] != T.CreateTruncating('\\') || text[1] != T.CreateTruncating('u')) return -1;
        int code = 0;
        for (int k = 2; k < EscapeLength; k++)
        {
            char digit = (char)ushort.CreateTruncating(text[k]);
            if (!char.IsAsciiHexDigit(digit)) return -1;
            code = (code * 16) + (char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return code;
    }

    private sealed class RepairingStream(Stream stream) : Stream
    {
        private readonly byte[] _buffer = new byte[1 << 16];
        private int _start;
        private int _done;
        private int _end;
        private bool _isEnd;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            while (_start == _done && !_isEnd)
            {
                _buffer.AsSpan(_done.._end).CopyTo(_buffer);
                (_start, _end) = (0, _end - _done);
                int read = stream.Read(_buffer.AsSpan(_end));
                (_end, _isEnd) = (_end + read, read == 0);
                _done = RepairPart(_buffer.AsSpan(.._end), _isEnd);
            }

            int count = Math.Min(buffer.Length, _done - _start);
            _buffer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            => Task.FromResult(Read(buffer, offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
