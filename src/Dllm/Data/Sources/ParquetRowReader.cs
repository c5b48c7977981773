using System.Collections;
using System.Globalization;
using Parquet;
using Parquet.Serialization;

namespace Dllm.Data.Sources;

/// <summary>Parquet files, a row group at a time; lists and structs become the lists and objects that JSON would give.</summary>
public sealed class ParquetRowReader : IRowReader
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".parquet"];

    /// <inheritdoc/>
    public IEnumerable<DataRow> Read(string path)
    {
        using var stream = Seekable(path);
        var groups = Guard(path, () => CountGroups(stream));
        var number = 1;
        for (var group = 0; group < groups; group++)
        {
            foreach (var row in Guard(path, () => ReadGroup(stream, group)))
            {
                yield return row with { Origin = $"{path}, row {number++}" };
            }
        }
    }

    private static int CountGroups(Stream stream)
    {
        var reader = ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult();
        var groups = reader.RowGroupCount;
        reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return groups;
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
        if (stream.CanSeek)
        {
            return stream;
        }

        using (stream)
        {
            var unpacked = new MemoryStream();
            LineReader.Guard(path, () =>
            {
                stream.CopyTo(unpacked);
                return true;
            });
            return unpacked;
        }
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

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return LineReader.Guard(path, read);
        }
        catch (Exception e) when (e is ParquetException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new DllmException($"{path}: not a Parquet file that can be read: {e.Message}", innerException: e);
        }
    }
}
