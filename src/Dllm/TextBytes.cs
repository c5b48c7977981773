using System.Text;
using System.Text.Unicode;

namespace Dllm;

/// <summary>
/// A text's bytes as UTF-8 without a byte order mark, checked as they are read: UTF-16 with a mark is recoded; bytes that are no UTF-8, a
/// NUL, and a line longer than a bound are errors with file and line. Text is never mended in silence: a model would learn what is
/// left. Reads forwards only.
/// </summary>
/// <param name="source">The bytes; closed with this.</param>
/// <param name="path">What errors call the text.</param>
/// <param name="longestLine">The most bytes of a line.</param>
internal sealed class TextBytes(Stream source, string path, int longestLine = int.MaxValue) : Stream
{
    /// <summary>The bound of lines unless another is given: 64 MiB.</summary>
    public const int LongestLine = 64 << 20;

    private const int Chunk = 1 << 16;
    private const int LongestCharacter = 4;

    private readonly byte[] _raw = new byte[Chunk];
    private readonly byte[] _text = new byte[(Chunk * 3 / 2) + 16]; // a unit of UTF-16 is at most three bytes
    private Decoder? _utf16;
    private int _start; // of what is not yet handed out
    private int _valid; // end of it
    private int _end; // of what is read; what lies behind _valid is the beginning of a character
    private bool _begun;
    private bool _ended;
    private long _handed;
    private long _allowed = long.MaxValue;
    private long _bound;
    private int _line = 1;
    private long _lineLength;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Bounds how many bytes may be handed out from now on: for readers that hold a whole value in memory.</summary>
    public void Allow(long bytes) => (_bound, _allowed) = (bytes, _handed + bytes);

    public override int Read(Span<byte> buffer)
    {
        while (_start == _valid && !_ended) Fill();
        int count = Math.Min(buffer.Length, _valid - _start);
        _text.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        _handed += count;
        if (_handed > _allowed) throw Fault($"a value is longer than the {_bound:N0} bytes that are read at once", "write one object in each line of a .jsonl");
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _text.AsSpan(_valid.._end).CopyTo(_text);
        (_start, _end) = (0, _end - _valid);
        var raw = _raw.AsSpan(0, ReadSource());
        _ended = raw.IsEmpty;
        if (!_begun)
        {
            _begun = true;
            raw = Begin(raw);
        }

        if (_utf16 is null)
        {
            raw.CopyTo(_text.AsSpan(_end));
            _end += raw.Length;
        }
        else
        {
            _end += Recode(raw);
        }

        _valid = Whole(_text.AsSpan(.._end));
        Check(_text.AsSpan(.._valid));
    }

    // At least a byte order mark at the beginning, so that no mark is cut in two.
    private int ReadSource()
    {
        try
        {
            return source.ReadAtLeast(_raw, LongestCharacter, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is not (DllmException or OutOfMemoryException))
        {
            // An unpacker throws exceptions of every kind where what it unpacks is damaged.
            throw Fault($"the file cannot be read{(e is IOException ? "" : ", what is compressed in it is damaged")}: {e.Message}", "get it again", e);
        }
    }

    private Span<byte> Begin(Span<byte> raw)
    {
        if (raw is [0xEF, 0xBB, 0xBF, ..]) return raw[3..];
        if (raw is [0x1F, 0x8B, ..]) throw Fault("it is compressed with gzip, not a text", "give it a name that ends in .gz");
        if (raw is not ([0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])) return raw;
        _utf16 = new UnicodeEncoding(bigEndian: raw[0] == 0xFE, byteOrderMark: false, throwOnInvalidBytes: true).GetDecoder();
        return raw[2..];
    }

    private int Recode(ReadOnlySpan<byte> raw)
    {
        try
        {
            Span<char> units = new char[(raw.Length / 2) + 2];
            int count = _utf16!.GetChars(raw, units, flush: _ended);
            return Encoding.UTF8.GetBytes(units[..count], _text.AsSpan(_end));
        }
        catch (DecoderFallbackException e)
        {
            throw Fault("it begins as UTF-16 and goes on with what is none", "write it as UTF-8", e);
        }
    }

    // The length without a character whose end is not read yet, which the last bytes tell.
    private int Whole(ReadOnlySpan<byte> text)
    {
        if (_ended) return text.Length;
        for (int back = 1; back < LongestCharacter && back <= text.Length; back++)
        {
            byte last = text[^back];
            if (last < 0x80) break;
            if (last < 0xC0) continue;
            int length = last < 0xE0 ? 2 : last < 0xF0 ? 3 : 4;
            return length > back ? text.Length - back : text.Length;
        }

        return text.Length;
    }

    private void Check(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text) || text.Contains((byte)0)) throw NoText(text);
        int end = text.LastIndexOfAny((byte)'\n', (byte)'\r');
        _lineLength = end < 0 ? _lineLength + text.Length : text.Length - end - 1;
        _line += text.Count((byte)'\n');
        if (_lineLength > longestLine)
            throw Fault($"the line is longer than the {longestLine:N0} bytes that one may have", "is it a text, with a line end after each row?");
    }

    private DllmException NoText(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (text[at] != 0 && Rune.DecodeFromUtf8(text[at..], out _, out int length) == System.Buffers.OperationStatus.Done) at += length;
        _line += text[..at].Count((byte)'\n');
        return text[at] == 0
            ? Fault("there is a NUL, which no text has", "UTF-16 needs a byte order mark; write it as UTF-8")
            : Fault(
                $"the byte 0x{text[at]:X2} is no UTF-8, nor is the text marked as UTF-16",
                "write it as UTF-8, such as with iconv -f WINDOWS-1252 -t UTF-8, if that is what it is");
    }

    private DllmException Fault(string what, string? remedy = null, Exception? reason = null) => new($"{path}, line {_line}: {what}", remedy, reason);
}
