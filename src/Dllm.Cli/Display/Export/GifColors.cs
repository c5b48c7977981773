namespace Dllm.Cli.Display.Export;

/// <summary>The table of colours of a frame: the most frequent ones, at most 256; every other becomes the nearest of them.</summary>
internal sealed class GifColors
{
    private readonly uint[] _colors;
    private readonly Dictionary<uint, byte> _indices = [];

    /// <summary>Makes the table of pixels, 0xRRGGBB each.</summary>
    public GifColors(uint[] pixels)
    {
        _colors = [.. pixels.CountBy(pixel => pixel).OrderByDescending(count => count.Value).ThenBy(count => count.Key).Take(256).Select(count => count.Key)];
        for (int i = 0; i < _colors.Length; i++) _indices.Add(_colors[i], (byte)i);
        while (1 << Bits < _colors.Length) Bits++;
    }

    /// <summary>The bits of an index, 2 to 8: the format has no smaller ones.</summary>
    public int Bits { get; private set; } = 2;

    /// <summary>Red, green and blue of each colour, filled up with black to a power of two.</summary>
    public byte[] Bytes
    {
        get
        {
            byte[] bytes = new byte[3 << Bits];
            for (int i = 0; i < _colors.Length; i++)
                (bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]) = ((byte)(_colors[i] >> 16), (byte)(_colors[i] >> 8), (byte)_colors[i]);
            return bytes;
        }
    }

    /// <summary>The index of each pixel.</summary>
    public byte[] Indices(uint[] pixels) => Array.ConvertAll(pixels, pixel =>
    {
        if (!_indices.TryGetValue(pixel, out byte index)) _indices.Add(pixel, index = Nearest(pixel));
        return index;
    });

    private byte Nearest(uint pixel)
    {
        var (nearest, least) = (0, int.MaxValue);
        for (int i = 0; i < _colors.Length; i++)
        {
            int distance = Square(pixel >> 16, _colors[i] >> 16) + Square(pixel >> 8, _colors[i] >> 8) + Square(pixel, _colors[i]);
            if (distance < least) (nearest, least) = (i, distance);
        }

        return (byte)nearest;

        static int Square(uint one, uint other) => ((int)(one & 255) - (int)(other & 255)) * ((int)(one & 255) - (int)(other & 255));
    }
}
