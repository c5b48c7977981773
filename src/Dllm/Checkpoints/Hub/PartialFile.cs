using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Dllm.Checkpoints.Hub;

/// <summary>
/// A file on its way: its bytes, each in their place, and beside them a journal of how much of each range is there. Both are written as
/// bytes arrive, so whatever ends the process, the next one goes on from there. (Python's own partial files grow from the front only;
/// hence other names.)
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const ulong Version = 0x31_4C_4E_52_4A_4C_44; // "DLJRNL1"
    private const int TagBytes = 256;
    private const int HeaderBytes = (3 * sizeof(long)) + TagBytes;

    private readonly string _path;
    private readonly string _journalPath;
    private readonly SafeFileHandle _data;
    private readonly SafeFileHandle _journal;
    private readonly long[] _done;
    private readonly long _rangeBytes;

    /// <summary>Opens what an earlier attempt left, where that was of the same file; else begins.</summary>
    public PartialFile(string blob, long size, long rangeBytes)
    {
        (_path, _journalPath) = (PathOf(blob), blob + ".dllm-journal");
        Size = size;
        _rangeBytes = rangeBytes;
        _done = new long[Math.Max(1, (size + rangeBytes - 1) / rangeBytes)];
        _data = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
        _journal = File.OpenHandle(_journalPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (!TryResume())
            Reset();
    }

    /// <summary>Where the bytes of an unfinished blob lie.</summary>
    public static string PathOf(string blob) => blob + ".dllm-incomplete";

    /// <summary>Bytes of the whole file.</summary>
    public long Size { get; }

    /// <summary>Ranges it is fetched in.</summary>
    public int Ranges => _done.Length;

    /// <summary>The server's own tag of the content that these bytes are of (an HTTP entity tag), or null.</summary>
    public string? Tag { get; private set; }

    /// <summary>Bytes that are here.</summary>
    public long Done
    {
        get
        {
            long sum = 0;
            for (var i = 0; i < _done.Length; i++)
                sum += Interlocked.Read(ref _done[i]);
            return sum;
        }
    }

    /// <summary>Where the next byte of a range belongs, and where the range ends.</summary>
    public (long Next, long End) Left(int range)
    {
        var start = range * _rangeBytes;
        return (start + Interlocked.Read(ref _done[range]), Math.Min(Size, start + _rangeBytes));
    }

    /// <summary>Writes bytes at the next place of the range they fall into; they may reach into the ranges after it.</summary>
    public async ValueTask WriteAsync(long position, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await RandomAccess.WriteAsync(_data, bytes, position, cancellation).ConfigureAwait(false);
        for (var end = position + bytes.Length; position < end;)
        {
            var range = (int)(position / _rangeBytes);
            var reached = Math.Min(end, Left(range).End);
            Note(range, reached - (range * _rangeBytes));
            position = reached;
        }
    }

    /// <summary>Forgets all bytes: they were of another content, or damaged.</summary>
    public void Reset(string? tag = null)
    {
        RandomAccess.SetLength(_journal, 0);
        RandomAccess.SetLength(_data, 0);
        Array.Clear(_done);
        WriteHeader(tag);
    }

    /// <summary>Remembers the server's tag of the content.</summary>
    public void WriteHeader(string? tag)
    {
        Tag = tag is not null && Encoding.UTF8.GetByteCount(tag) < TagBytes ? tag : null;
        var header = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Version);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), Size);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), _rangeBytes);
        Encoding.UTF8.GetBytes(Tag ?? "", header.AsSpan(24));
        RandomAccess.Write(_journal, header, 0);
    }

    /// <summary>The path of the bytes, once all are here and closed: to be checked and renamed.</summary>
    public string Path => _path;

    /// <summary>Takes the journal away, once the bytes have been.</summary>
    public void Discard(bool alsoBytes)
    {
        Dispose();
        File.Delete(_journalPath);
        if (alsoBytes)
            File.Delete(_path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _data.Dispose();
        _journal.Dispose();
    }

    private void Note(int range, long done)
    {
        Interlocked.Exchange(ref _done[range], done);
        Span<byte> entry = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(entry, done);
        RandomAccess.Write(_journal, entry, HeaderBytes + ((long)range * sizeof(long)));
    }

    private bool TryResume()
    {
        var journal = new byte[HeaderBytes + (_done.Length * sizeof(long))];
        var read = RandomAccess.Read(_journal, journal, 0);
        if (read < HeaderBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(journal) != Version
            || BinaryPrimitives.ReadInt64LittleEndian(journal.AsSpan(8)) != Size
            || BinaryPrimitives.ReadInt64LittleEndian(journal.AsSpan(16)) != _rangeBytes)
        {
            return false;
        }

        Tag = Encoding.UTF8.GetString(journal.AsSpan(24, TagBytes)).TrimEnd('\0') is { Length: > 0 } tag ? tag : null;
        var length = RandomAccess.GetLength(_data);
        for (var i = 0; i < _done.Length; i++)
        {
            var done = BinaryPrimitives.ReadInt64LittleEndian(journal.AsSpan(HeaderBytes + (i * sizeof(long))));
            var (start, end) = Left(i);
            if (done < 0 || start + done > end || (done > 0 && start + done > length))
                return false;
            _done[i] = done;
        }

        return true;
    }
}
