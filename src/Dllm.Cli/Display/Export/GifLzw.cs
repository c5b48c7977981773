namespace Dllm.Cli.Display.Export;

/// <summary>The compression of GIF images (Lempel, Ziv, Welch): codes of growing width, in blocks of at most 255 bytes.</summary>
internal static class GifLzw
{
    private const int MostCodes = 4096;

    /// <summary>Writes indices of colours.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="bits">The bits of an index, 2 to 8.</param>
    /// <param name="indices">At least one.</param>
    public static void Write(Stream stream, int bits, byte[] indices)
    {
        stream.WriteByte((byte)bits);
        var output = new BitBlocks(stream);
        var (clear, end) = (1 << bits, (1 << bits) + 1);
        var codes = new Dictionary<int, int>(); // a known run and the index behind it → the code of both
        var (next, width) = (end + 1, bits + 1);
        output.Write(clear, width);
        int run = indices[0];
        foreach (byte index in indices.AsSpan(1))
        {
            int longer = run << 8 | index;
            if (codes.TryGetValue(longer, out int code))
            {
                run = code;
                continue;
            }

            output.Write(run, width);
            run = index;
            if (next < MostCodes)
            {
                if (next == 1 << width) width++;
                codes.Add(longer, next++);
                continue;
            }

            output.Write(clear, width);
            codes.Clear();
            (next, width) = (end + 1, bits + 1);
        }

        output.Write(run, width);
        if (next == 1 << width && width < 12) width++;
        output.Write(end, width);
        output.Finish();
    }

    private sealed class BitBlocks(Stream stream)
    {
        private readonly byte[] _block = new byte[255];
        private int _length;
        private int _bits;
        private int _count;

        public void Write(int code, int width)
        {
            _bits |= code << _count;
            _count += width;
            while (_count >= 8) WriteByte();
        }

        public void Finish()
        {
            if (_count > 0) WriteByte();
            Flush();
            stream.WriteByte(0);
        }

        private void WriteByte()
        {
            _block[_length++] = (byte)_bits;
            _bits >>= 8;
            _count = Math.Max(_count - 8, 0);
            if (_length == _block.Length) Flush();
        }

        private void Flush()
        {
            if (_length == 0) return;
            stream.WriteByte((byte)_length);
            stream.Write(_block, 0, _length);
            _length = 0;
        }
    }
}
