using System.Collections;
using System.Globalization;
using Parquet.Serialization;

namespace Dllm.Data.Sources;

/// <summary>Parquet files, a row group at a time; lists and structs become the lists and objects that JSON would give.</summary>
public sealed class ParquetRowReader : IRowReader
{
    private const long LargestUnpacked = 1 << 29; // of a file within a compressed one
    private const double SlowestBytes = 1 << 20; // a second
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(8);

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".parquet"];

    /// <inheritdoc/>
    public IEnumerable<DataRow> Read(string path)
    {
        using var stream = Seekable(path);
        var sizes = Guard(path, () => ParquetCheck.Check(stream));
        var number = 1;
        foreach (var (group, size) in sizes.Index())
        {
            var place = $"{path}, row group {group + 1}";
            var time = StartTime + TimeSpan.FromSeconds(size / SlowestBytes);
            foreach (var row in Guard(place, () => GivenUp.After(time, () => ReadGroup(stream, group))))
            {
                yield return row with { Origin = $"{path}, row {number++}" };
            }
        }
    }

    private static List<DataRow> ReadGroup(Stream stream, int group)
    {
        stream.Position = 0;
        var result = ParquetSerializer.DeserializeUntypedAsync(stream, rowGroupIndex: group).GetAwaiter().GetResult();
        return [.. result.Data.Select(row => new DataRow((IReadOnlyDictionary<string, object?>)Value((IDictionary)row)!))];
    }

    /// <summary>The format is read from its end, so a compressed file is unpacked into memory first.</summary>
    private static Stream Seekable(string path)
    {
        var stream = DataFile.OpenRead(path);
        if (stream.CanSeek) return stream;
        using (stream)
        {
            return Guard(path, () => Unpack(stream));
        }
    }

    private static MemoryStream Unpack(Stream stream)
    {
        var unpacked = new MemoryStream();
        var part = new byte[1 << 16];
        while (stream.Read(part) is > 0 and var read)
        {
            if (unpacked.Length + read > LargestUnpacked)
                throw new InvalidDataException($"it unpacks to more than {LargestUnpacked:N0} bytes; unpack it first");
            unpacked.Write(part, 0, read);
        }

        return unpacked;
    }

    private static object? Value(object? value) => value switch
    {
        null or string or bool or long or double => value,
        IDictionary map => map.Keys.Cast<object>().ToDictionary(key => Convert.ToString(key, CultureInfo.InvariantCulture)!, key => Value(map[key])),
        byte[] bytes => System.Text.Encoding.UTF8.GetString(bytes),
        IEnumerable items => items.Cast<object?>().Select(Value).ToArray(),
        int or short or sbyte or byte or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong or float or decimal => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    // Whatever the library throws, the file is to blame: it is checked before, and damaged pages end in exceptions of every kind.
    private static T Guard<T>(string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not DllmException)
        {
            string why = e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal) ? $" ({inner.Message})" : "";
            throw new DllmException($"{place}: not a Parquet file that can be read: {e.Message}{why}", "it may be cut short or damaged: get it again, or convert it to .jsonl", e);
        }
    }
}
