using System.IO.Compression;
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

    private DataRow[] Read(string name, string content)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, content);
        return [.. new LocalDatasets(RowReaders.All).Open(path, null)["train"]];
    }
}
