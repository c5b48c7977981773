using System.Text;

namespace Dllm.Tests;

public sealed class TextBytesTests
{
    [Fact]
    public void Text_is_the_same_however_it_is_encoded()
    {
        const string Text = "one é\n😀 €\r\nthree";
        byte[][] files =
        [
            Encoding.UTF8.GetBytes(Text), [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Text)],
            [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Text)], [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Text)],
        ];
        Assert.All(files, file => Assert.Equal(Text, Read(file)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_character_that_two_reads_share_is_whole(int before)
    {
        string text = new string('x', (1 << 16) - before) + "😀é€" + new string('é', 1 << 16);
        Assert.Equal(text, Read(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(text, Read([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)]));
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0x0A, 0x62, 0xFF, 0x0A }, "a.txt, line 2: the byte 0xFF")]
    [InlineData(new byte[] { 0x0A, 0x0A, 0xE9, 0x20 }, "a.txt, line 3: the byte 0xE9")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "a.txt, line 1: the byte 0xED")]
    [InlineData(new byte[] { 0x61, 0xF0, 0x9F, 0x98 }, "a.txt, line 1: the byte 0xF0")]
    [InlineData(new byte[] { 0x61, 0x0A, 0x00 }, "a.txt, line 2: there is a NUL")]
    [InlineData(new byte[] { 0x61, 0x00, 0x62, 0x00 }, "a.txt, line 1: there is a NUL")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x00, 0xDC, 0x61, 0x00 }, "a.txt, line 1: it begins as UTF-16")]
    [InlineData(new byte[] { 0x1F, 0x8B, 0x08, 0x00 }, "a.txt, line 1: it is compressed with gzip")]
    public void What_is_no_text_is_named_with_its_line(byte[] file, string message) =>
        Assert.StartsWith(message, Assert.Throws<DllmException>(() => Read(file)).Message);

    [Fact]
    public void A_line_has_a_bounded_length()
    {
        byte[] file = Encoding.UTF8.GetBytes("short\n" + new string('x', 300_000) + "\nend");
        Assert.Equal(300_010, Read(file, longestLine: 300_000).Length);
        Assert.StartsWith("a.txt, line 2: the line is longer than the 100,000", Assert.Throws<DllmException>(() => Read(file, longestLine: 100_000)).Message);
    }

    [Fact]
    public void A_value_has_a_bounded_length()
    {
        using var text = new TextBytes(new MemoryStream(new byte[] { 0x61, 0x62, 0x63, 0x64 }), "a.txt");
        text.Allow(2);
        Assert.Equal(2, text.Read(new byte[2]));
        text.Allow(1);
        Assert.Throws<DllmException>(() => text.Read(new byte[2]));
    }

    private static string Read(byte[] file, int longestLine = int.MaxValue)
    {
        using var reader = new StreamReader(new TextBytes(new MemoryStream(file), "a.txt", longestLine), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        return reader.ReadToEnd();
    }
}
