using System.Buffers.Binary;

namespace Dllm.Cli.Display.Export;

/// <summary>
/// Writes an animated GIF (version 89a) that repeats for ever. A frame holds the rectangle that differs from the frame before, with its
/// own table of at most 256 colours.
/// </summary>
internal sealed class GifWriter
{
    private readonly Stream _stream;
    private readonly int _width;
    private readonly int _height;
    private uint[]? _before;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="width">Columns of pixels, up to 65,535.</param>
    /// <param name="height">Rows of pixels, up to 65,535.</param>
    public GifWriter(Stream stream, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Max(width, height), ushort.MaxValue);
        (_stream, _width, _height) = (stream, width, height);
        _stream.Write("GIF89a"u8);
        WriteShorts(width, height);
        _stream.Write([0x70, 0, 0]); // no common table of colours
        _stream.Write([0x21, 0xff, 11]);
        _stream.Write("NETSCAPE2.0"u8);
        _stream.Write([3, 1, 0, 0, 0]); // repeats without end
    }

    /// <summary>Adds a frame.</summary>
    /// <param name="pixels">Width times height colours, 0xRRGGBB, line by line.</param>
    /// <param name="hundredths">How long it is shown, in hundredths of a second.</param>
    public void Write(uint[] pixels, int hundredths)
    {
        var (left, top, right, bottom) = Difference(pixels);
        var part = new uint[(right - left) * (bottom - top)];
        for (int y = top; y < bottom; y++) pixels.AsSpan(y * _width + left, right - left).CopyTo(part.AsSpan((y - top) * (right - left)));
        var table = new GifColors(part);
        _stream.Write([0x21, 0xf9, 4, 0x04]); // what is drawn stays
        WriteShorts(hundredths);
        _stream.Write([0, 0, 0x2c]);
        WriteShorts(left, top, right - left, bottom - top);
        _stream.WriteByte((byte)(0x80 | (table.Bits - 1)));
        _stream.Write(table.Bytes);
        GifLzw.Write(_stream, table.Bits, table.Indices(part));
        _before = [.. pixels];
    }

    /// <summary>Ends the file.</summary>
    public void Finish() => _stream.WriteByte(0x3b);

    private (int Left, int Top, int Right, int Bottom) Difference(uint[] pixels)
    {
        if (_before is null) return (0, 0, _width, _height);
        var (left, top, right, bottom) = (_width, _height, 0, 0);
        for (int i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] == _before[i]) continue;
            var (x, y) = (i % _width, i / _width);
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x + 1), Math.Max(bottom, y + 1));
        }

        return right == 0 ? (0, 0, 1, 1) : (left, top, right, bottom); // a frame without a change still takes its time
    }

    private void WriteShorts(params ReadOnlySpan<int> values)
    {
        Span<byte> bytes = stackalloc byte[2];
        foreach (int value in values)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
            _stream.Write(bytes);
        }
    }
}
