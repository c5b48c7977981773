using System.IO.Compression;
using System.Text;
using Dllm.Data;
using Dllm.Data.Sources;

namespace Dllm.Tests.Data;

public sealed class RowReadersTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dllm-rows-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Numbers_keep_their_kind()
    {
        var row = Read("a.jsonl", """{"n": 2, "x": 2.5, "big": 123456789012, "list": [1, null, true, {"k": "v"}]}""")[0];

        Assert.Equal(2L, row.Values["n"]);
        Assert.Equal(2.5, row.Values["x"]);
        Assert.Equal(123456789012L, row.Values["big"]);
        Assert.Equal([1L, null, true], ((IReadOnlyList<object?>)row.Values["list"]!).Take(3));
    }

    [Fact]
    public void A_broken_line_is_told_with_its_number()
    {
        Assert.Contains("a.jsonl, line 3", Assert.Throws<DllmException>(() => Read("a.jsonl", "{}\n\n{\"a\":")).Message);
        Assert.Contains("line 1: not a JSON object", Assert.Throws<DllmException>(() => Read("b.jsonl", "[1]")).Message);
    }

    [Fact]
    public void Paragraphs_are_rows_that_join_to_the_file()
    {
        const string Text = "\nA:\none\n\n\nB:\ntwo\n\n";
        var rows = Read("a.txt", Text);

        Assert.Equal(["\nA:\none\n\n\n", "B:\ntwo\n\n"], rows.Select(row => row.Text("text")));
        Assert.Empty(Read("empty.txt", ""));
    }

    [Fact]
    public void Compressed_files_are_read_like_others()
    {
        using (var file = new GZipStream(File.Create(Path.Combine(_root, "train.jsonl.gz")), CompressionLevel.Fastest))
        {
            file.Write("{\"text\": \"packed\"}"u8);
        }

        var splits = new LocalDatasets(RowReaders.All).Open(_root, null);

        Assert.Equal(["packed"], splits["train"].Select(row => row.Text("text")));
    }

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"x\"}\n{\"text\": \"caf\u00e9\"}", "line 2")]
    [InlineData("a.json", "[{\"text\": \"x\"},\n {\"text\": \"caf\u00e9\"}]", "line 2")]
    [InlineData("a.csv", "text\ncaf\u00e9\n", "line 2")]
    [InlineData("a.txt", "one\n\ncaf\u00e9\n", "line 3")]
    public void A_text_that_is_no_utf8_is_named_and_not_mended(string name, string content, string place)
    {
        File.WriteAllBytes(Path.Combine(_root, name), Encoding.Latin1.GetBytes(content));

        var message = Assert.Throws<DllmException>(() => ReadAll(name)).Message;

        Assert.Contains($"{name}, {place}: the byte 0xE9 is no UTF-8", message);
    }

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"x\"}")]
    [InlineData("a.json", "[{\"text\": \"x\"}]")]
    [InlineData("a.csv", "text\nx")]
    [InlineData("a.txt", "x")]
    public void Texts_of_Windows_are_read(string name, string content)
    {
        File.WriteAllText(Path.Combine(_root, name), content, Encoding.Unicode);
        Assert.Equal("x", Assert.Single(ReadAll(name)).Text("text")!.TrimEnd());
        File.WriteAllText(Path.Combine(_root, name), content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal("x", Assert.Single(ReadAll(name)).Text("text")!.TrimEnd());
    }

    [Theory]
    [InlineData("a,b\n\"x,1\ny,2\nz,3\n", "line 2: a quotation mark is not closed")]
    [InlineData("a,b\nx,1\n\"y,2\n\"z\",3\n", "line 3: the quotation mark opened here is closed in line 4, in the middle of a value")]
    [InlineData("a,b\n\"x\ny\",1,2\n", "line 2: 3 values for 2 columns")]
    [InlineData("a,b\n1\n", "line 2: 1 values for 2 columns")]
    [InlineData("\na,a\n", "line 2: the column 'a' is named twice")]
    public void A_table_says_where_it_goes_wrong(string content, string message) =>
        Assert.Contains("a.csv, " + message, Assert.Throws<DllmException>(() => Read("a.csv", content)).Message);

    [Theory]
    [InlineData("a,b\n\"x\ny\" ,1\n", "x\ny ")]
    [InlineData("a,b\n\"x\"y,1\n", "xy")]
    [InlineData("a,b\n\"\"\"x\"\"\ny\",1\n", "\"x\"\ny")]
    public void A_quoted_value_may_span_lines_and_be_followed_by_blanks(string content, string value) =>
        Assert.Equal(value, Assert.Single(Read("a.csv", content)).Text("a"));

    [Fact]
    public void Numbers_too_large_and_names_that_stand_twice_are_read_as_in_Python()
    {
        var row = Assert.Single(Read("a.jsonl", "{\"x\": 1e999999999, \"n\": 1, \"n\": 2}"));
        Assert.Equal(double.PositiveInfinity, row.Values["x"]);
        Assert.Equal(2L, row.Values["n"]);
    }

    [Theory]
    [InlineData("a.json")]
    [InlineData("a.jsonl")]
    public void Depth_is_refused(string name) =>
        Assert.Contains($"{name}, line 1: not valid JSON", Assert.Throws<DllmException>(() => Read(name, "{\"a\": " + new string('[', 1_000_000))).Message);

    [Theory]
    [InlineData("a.csv")]
    [InlineData("a.txt")]
    [InlineData("a.jsonl")]
    [InlineData("a.json")]
    [InlineData("a.parquet")]
    public void Every_damage_to_a_compressed_file_is_one_clear_error_or_none(string name)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write("a,b\n1,2\n3,4\n"u8);
        var whole = packed.ToArray();
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var bits in new byte[] { 0x01, 0x80, 0xFF })
            {
                var damaged = whole.ToArray();
                damaged[at] ^= bits;
                File.WriteAllBytes(Path.Combine(_root, name + ".gz"), damaged);
                Assert.True(Record.Exception(() => ReadAll(name + ".gz")) is null or DllmException, $"byte {at}");
            }

            File.WriteAllBytes(Path.Combine(_root, name + ".gz"), whole[..at]);
            if (at > 0) Assert.Contains(name, Assert.Throws<DllmException>(() => ReadAll(name + ".gz")).Message);
        }
    }

    private DataRow[] ReadAll(string name) => [.. new LocalDatasets(RowReaders.All).Open(Path.Combine(_root, name), null)["train"]];

    private DataRow[] Read(string name, string content)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, content);
        return [.. new LocalDatasets(RowReaders.All).Open(path, null)["train"]];
    }
}
