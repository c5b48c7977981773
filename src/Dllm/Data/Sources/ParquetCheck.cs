using System.Buffers.Binary;

namespace Dllm.Data.Sources;

/// <summary>
/// What a Parquet file says of itself, checked against the file before the library that reads it believes it: where sizes, places or counts
/// are damaged, that library waits for ever, takes any amount of memory, or ends in various exceptions.
/// </summary>
internal static class ParquetCheck
{
    private const int FrameLength = 8; // the footer's length and the mark at the end
    private const long LongestFooter = 64 << 20;
    private const int UsualPageHead = 1 << 12;
    private const int LongestPageHead = 1 << 20;
    private const int MostPages = 1 << 20; // of a column in a row group
    private const long LargestPage = 1 << 30; // unpacked
    private const long UsualPage = 16 << 20;
    private const long MostPacked = 4096; // bytes that one byte of a larger page may stand for
    private const long MostRows = 1 << 22; // of a row group, which is read at once
    private const long MostValues = 1 << 26; // of a column in a row group

    /// <summary>Checks a file.</summary>
    /// <returns>For every row group, how many bytes its columns unpack to.</returns>
    /// <exception cref="InvalidDataException">Something does not fit; the message says where.</exception>
    public static IReadOnlyList<long> Check(Stream file)
    {
        var end = file.Length - FrameLength;
        if (end < 4 || !Read(file, 0, 4).AsSpan().SequenceEqual("PAR1"u8)) throw new InvalidDataException("it does not begin with the mark PAR1");
        var frame = Read(file, end, FrameLength);
        if (frame.AsSpan(4).SequenceEqual("PARE"u8)) throw new InvalidDataException("it is encrypted");
        if (!frame.AsSpan(4).SequenceEqual("PAR1"u8)) throw new InvalidDataException("it does not end with the mark PAR1, so it is cut short");
        long length = BinaryPrimitives.ReadUInt32LittleEndian(frame), most = Math.Min(end - 4, LongestFooter);
        if (length > most) throw new InvalidDataException($"its footer claims {length:N0} bytes, and may have {most:N0}");
        var groups = At("the footer", () => ThriftStruct.Read(Read(file, end - length, (int)length), out _).Structures(4));
        return [.. groups.Select((group, i) => Group(file, end - length, group, i + 1))];
    }

    private static long Group(Stream file, long end, ThriftStruct group, int number)
    {
        var place = $"row group {number}";
        var (columns, rows) = At(place, () => (group.Structures(1), group.Number(3)));
        if (rows is < 0 or > MostRows)
            throw new InvalidDataException($"{place} claims {rows:N0} rows, and may have {MostRows:N0}, as a group is read at once; write smaller ones");
        long unpacked = 0;
        foreach (var (i, column) in columns.Index())
            unpacked += At($"{place}, column {i + 1}", () => Column(file, end, column.Structure(3), rows));
        return unpacked;
    }

    // The pages of a column in one row group, up to the number of values that the footer says.
    private static long Column(Stream file, long end, ThriftStruct column, long rows)
    {
        long values = column.Number(5), packed = column.Number(7), data = column.Number(9), dictionary = column.Number(11, otherwise: 0);
        if (values < 0 || values > MostValues) throw new InvalidDataException($"it has {values:N0} values, and may have {MostValues:N0}");
        if (values < rows) throw new InvalidDataException($"it has {values:N0} values for {rows:N0} rows");
        var at = dictionary > 0 && dictionary < data ? dictionary : data;
        if (packed < 0 || at < 4 || packed > end - at) throw new InvalidDataException($"its {packed:N0} bytes from {at:N0} on do not lie in the file");
        long seen = 0, unpacked = 0;
        for (var pages = 0; seen < values; pages++)
        {
            if (pages == MostPages) throw new InvalidDataException($"it has more than {MostPages:N0} pages");
            if (at >= end) throw new InvalidDataException($"its pages end after {seen:N0} of {values:N0} values");
            var page = PageHead(file, at, end - at, out int head);
            long size = page.Number(3), full = page.Number(2);
            at += head;
            if (size < 0 || size > end - at) throw new InvalidDataException($"a page claims {size:N0} bytes where {end - at:N0} follow");
            var most = Math.Min(LargestPage, Math.Max(UsualPage, size * MostPacked));
            if (full < 0 || full > most) throw new InvalidDataException($"a page of {size:N0} bytes claims to unpack to {full:N0}, and may to {most:N0}");
            at += size;
            unpacked += full;
            var kind = page.Number(1);
            var count = kind switch
            {
                0 => page.Structure(5).Number(1),
                2 => page.Structure(7).Number(1),
                3 => page.Structure(8).Number(1),
                _ => 0,
            };
            if (count < 0 || count > MostValues || (kind is 0 or 3 && count > values - seen))
                throw new InvalidDataException($"a page claims {count:N0} values, and the column has {values - seen:N0} more");
            if (kind is 0 or 3) seen += count;
        }

        return unpacked;
    }

    private static ThriftStruct PageHead(Stream file, long at, long left, out int length)
    {
        try
        {
            return ThriftStruct.Read(Read(file, at, (int)Math.Min(UsualPageHead, left)), out length);
        }
        catch (InvalidDataException) when (left > UsualPageHead)
        {
            return ThriftStruct.Read(Read(file, at, (int)Math.Min(LongestPageHead, left)), out length); // statistics may be long texts
        }
    }

    private static T At<T>(string place, Func<T> check)
    {
        try
        {
            return check();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{place}: {e.Message}", e);
        }
    }

    private static byte[] Read(Stream file, long position, int count)
    {
        file.Position = position;
        var bytes = new byte[count];
        file.ReadExactly(bytes);
        return bytes;
    }
}
