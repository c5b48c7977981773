using System.Buffers.Binary;
using System.Text;

namespace Dllm.Runtime;

/// <summary>
/// Edits the list of symbol versions that a 64-bit little-endian ELF library asks of the libraries it needs
/// (the section <c>.gnu.version_r</c>, reached through the dynamic table's <c>DT_VERNEED</c>).
/// </summary>
/// <remarks>
/// A linker records the newest version of every library it linked against, even if no symbol of that version is used.
/// Such a requirement does nothing but keep the library from loading on an older system. The format has a remedy of its
/// own: a requirement flagged <c>VER_FLG_WEAK</c> may be missing. Setting the flag is safe exactly when the loader never
/// looks up a symbol of that version, that is when no relocation (<c>DT_RELA</c>, <c>DT_JMPREL</c>) refers to one; that is
/// checked here. (The symbol table may still name one: <c>std::ios_base_library_init</c> only marks which library is meant.)
/// </remarks>
internal static class ElfVersionRequirements
{
    private const ushort WeakFlag = 2; // VER_FLG_WEAK

    /// <summary>
    /// Flags the requirement <paramref name="version"/> as weak, in place.
    /// </summary>
    /// <param name="image">The whole file.</param>
    /// <param name="version">The version's name, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>False if the library does not ask for the version, or if a symbol of it is really used.</returns>
    /// <exception cref="InvalidDataException">The file is no 64-bit little-endian ELF library with a dynamic table.</exception>
    public static bool MakeWeak(Span<byte> image, string version)
    {
        try
        {
            return MakeWeakCore(image, version);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The ELF file points outside of itself.", e);
        }
    }

    private static bool MakeWeakCore(Span<byte> image, string version)
    {
        if (image.Length < 64 || !image[..4].SequenceEqual("\u007fELF"u8) || image[4] != 2 || image[5] != 1)
        {
            throw new InvalidDataException("Not a 64-bit little-endian ELF file.");
        }

        var table = DynamicTable.Read(image);
        bool found = false;
        int need = table.VersionNeeds;
        for (int i = 0; i < table.VersionNeedCount; i++)
        {
            int entry = need + checked((int)U32(image, need + 8)); // vn_aux
            for (int count = U16(image, need + 2); count > 0; count--)
            {
                ushort index = (ushort)(U16(image, entry + 6) & 0x7fff); // vna_other
                if (NameAt(image, table.Strings + checked((int)U32(image, entry + 8))) == version)
                {
                    if (IsUsed(image, table, index))
                    {
                        return false;
                    }

                    ushort flags = (ushort)(U16(image, entry + 4) | WeakFlag);
                    BinaryPrimitives.WriteUInt16LittleEndian(image.Slice(entry + 4, 2), flags);
                    found = true;
                }

                entry += checked((int)U32(image, entry + 12)); // vna_next
            }

            need += checked((int)U32(image, need + 12)); // vn_next
        }

        return found;
    }

    // An entry of a relocation table has 24 bytes: offset, info (symbol in the upper half), addend.
    private static bool IsUsed(ReadOnlySpan<byte> image, DynamicTable table, ushort version)
    {
        foreach (var (start, size) in table.Relocations)
        {
            for (int entry = start; entry < start + size; entry += 24)
            {
                int symbol = checked((int)U32(image, entry + 12));
                if ((U16(image, table.SymbolVersions + 2 * symbol) & 0x7fff) == version)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static string NameAt(ReadOnlySpan<byte> image, int offset)
    {
        var rest = image[offset..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    private static ushort U16(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(image.Slice(offset, 2));

    private static uint U32(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image.Slice(offset, 4));

    private static long I64(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadInt64LittleEndian(image.Slice(offset, 8));

    /// <summary>What the dynamic table says, as offsets into the file.</summary>
    private sealed record DynamicTable(
        int Strings, int VersionNeeds, int VersionNeedCount, int SymbolVersions, IReadOnlyList<(int Start, int Size)> Relocations)
    {
        private const long StringTable = 5, VersionNeed = 0x6ffffffe, VersionNeedNumber = 0x6fffffff, VersionSymbol = 0x6ffffff0;
        private const long Rela = 7, RelaSize = 8, JumpRela = 23, JumpRelaSize = 2;
        private const uint Load = 1, Dynamic = 2;

        public static DynamicTable Read(ReadOnlySpan<byte> image)
        {
            int programHeaders = checked((int)I64(image, 32));
            int headerSize = U16(image, 54), headerCount = U16(image, 56);
            var segments = new List<(long Address, long Offset, long Size)>();
            (int Offset, int Size) dynamic = default;
            for (int i = 0; i < headerCount; i++)
            {
                int header = programHeaders + i * headerSize;
                (long offset, long address, long size) = (I64(image, header + 8), I64(image, header + 16), I64(image, header + 32));
                switch (U32(image, header))
                {
                    case Load: segments.Add((address, offset, size)); break;
                    case Dynamic: dynamic = (checked((int)offset), checked((int)size)); break;
                }
            }

            var values = new Dictionary<long, long>();
            for (int entry = dynamic.Offset; entry < dynamic.Offset + dynamic.Size; entry += 16)
            {
                values.TryAdd(I64(image, entry), I64(image, entry + 8));
            }

            if (!values.TryGetValue(VersionNeed, out long needs) || !values.TryGetValue(StringTable, out long strings)
                || !values.TryGetValue(VersionSymbol, out long versions) || !values.TryGetValue(VersionNeedNumber, out long needCount))
            {
                throw new InvalidDataException("The ELF file has no symbol versions.");
            }

            var relocations = new List<(int, int)>();
            foreach (var (start, size) in new[] { (Rela, RelaSize), (JumpRela, JumpRelaSize) })
            {
                if (values.TryGetValue(start, out long address) && values.TryGetValue(size, out long bytes))
                {
                    relocations.Add((ToOffset(address), checked((int)bytes)));
                }
            }

            return new DynamicTable(ToOffset(strings), ToOffset(needs), checked((int)needCount), ToOffset(versions), relocations);

            int ToOffset(long address)
            {
                var segment = segments.Find(s => address >= s.Address && address < s.Address + s.Size);
                return checked((int)(address - segment.Address + segment.Offset));
            }
        }
    }
}
