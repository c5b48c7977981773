namespace Dllm.Data.Sources;

/// <summary>
/// A structure in Thrift's compact protocol, in which Parquet writes its footer and the heads of pages. Every count is checked against the
/// bytes that are left, and depth is bounded.
/// </summary>
internal sealed class ThriftStruct
{
    private const int MostLevels = 32;

    private readonly Dictionary<int, object?> _fields = []; // by number; texts and what has no use here are null

    private ThriftStruct()
    {
    }

    /// <summary>Reads the structure that some bytes begin with.</summary>
    /// <param name="bytes">The structure; more may follow it.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <exception cref="InvalidDataException">They begin with none.</exception>
    public static ThriftStruct Read(ReadOnlySpan<byte> bytes, out int length)
    {
        var reader = new Reader(bytes);
        var read = reader.Structure(0);
        length = reader.Position;
        return read;
    }

    /// <summary>Whether a field is there.</summary>
    public bool Has(int field) => _fields.ContainsKey(field);

    /// <summary>A whole number; <paramref name="otherwise"/> where the field is absent.</summary>
    public long Number(int field, long? otherwise = null) => _fields.TryGetValue(field, out var value)
        ? value as long? ?? throw new InvalidDataException("it has another value where a number is expected")
        : otherwise ?? throw new InvalidDataException("a number is missing");

    /// <summary>A structure within this one.</summary>
    public ThriftStruct Structure(int field) =>
        _fields.GetValueOrDefault(field) as ThriftStruct ?? throw new InvalidDataException("a structure is missing");

    /// <summary>A list of structures.</summary>
    public IReadOnlyList<ThriftStruct> Structures(int field) => _fields.GetValueOrDefault(field) is List<object?> list && list.All(item => item is ThriftStruct)
        ? [.. list.Cast<ThriftStruct>()]
        : throw new InvalidDataException("a list of structures is missing");

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Position { get; private set; }

        public ThriftStruct Structure(int level)
        {
            if (level > MostLevels) throw new InvalidDataException("its structures lie too deep in each other");
            var read = new ThriftStruct();
            var field = 0;
            while (Byte() is var head && head != 0)
            {
                field = head >> 4 == 0 ? (int)Whole() : field + (head >> 4);
                read._fields[field] = (head & 15) is 1 or 2 ? null : Value(head & 15, level); // of a truth value the type is the value
            }

            return read;
        }

        private object? Value(int type, int level)
        {
            switch (type)
            {
                case 1 or 2 or 3: // within a list a truth value has a byte
                    Take(1);
                    return null;
                case 4 or 5 or 6:
                    return Whole();
                case 7:
                    Take(sizeof(double));
                    return null;
                case 8:
                    Take(Count());
                    return null;
                case 9 or 10:
                    return List(level + 1);
                case 11:
                    Map(level + 1);
                    return null;
                case 12:
                    return Structure(level + 1);
                default:
                    throw new InvalidDataException($"it has a value of the type {type}, which does not exist");
            }
        }

        private List<object?> List(int level)
        {
            if (level > MostLevels) throw new InvalidDataException("its lists lie too deep in each other");
            var head = Byte();
            var count = head >> 4 == 15 ? Count() : head >> 4;
            var items = new List<object?>();
            for (var i = 0; i < count; i++) items.Add(Value(head & 15, level));
            return items;
        }

        private void Map(int level)
        {
            if (level > MostLevels) throw new InvalidDataException("its maps lie too deep in each other");
            var count = Count();
            var types = count > 0 ? Byte() : 0;
            for (var i = 0; i < count; i++)
            {
                Value(types >> 4, level);
                Value(types & 15, level);
            }
        }

        private int Count()
        {
            var count = Varint();
            var left = _bytes.Length - Position;
            return count <= (ulong)left ? (int)count : throw new InvalidDataException($"it counts {count:N0} things where {left:N0} bytes follow");
        }

        private long Whole()
        {
            var value = Varint();
            return (long)(value >> 1) ^ -(long)(value & 1);
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var next = Byte();
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80) return value;
            }

            throw new InvalidDataException("a number in it does not end");
        }

        private int Byte()
        {
            Take(1);
            return _bytes[Position - 1];
        }

        private void Take(int count)
        {
            if (count > _bytes.Length - Position) throw new InvalidDataException("it ends in the middle of a value");
            Position += count;
        }
    }
}
