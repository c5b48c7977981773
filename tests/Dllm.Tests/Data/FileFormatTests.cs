using System.IO.Compression;
using System.Text;
using Dllm.Data;
using Dllm.Data.Sources;
using Parquet.Schema;
using Parquet.Serialization;

namespace Dllm.Tests.Data;

public sealed class FileFormatTests : IDisposable
{
    private static readonly string SharedData = Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", "..", "..", "shared", "data"));

    private readonly string _root = Directory.CreateTempSubdirectory("dllm-formats-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("""[{"a": 1}, {"a": 2}]""")]
    [InlineData("""  {"data": [{"a": 1}, {"a": 2}]}""")]
    [InlineData("""{"version": 3, "rows": [{"a": 1}, {"a": 2}]}""")]
    [InlineData("{\"a\": 1}\n{\"a\": 2}\n")]
    [InlineData("{\"a\": 1}\n\n {\"a\":\n 2}")]
    public void A_json_file_may_hold_its_rows_in_several_ways(string content)
        => Assert.Equal([1L, 2L], Read(Write("a.json", content)).Select(row => row.Values["a"]));

    [Fact]
    public void A_json_conversation_alone_is_one_row()
        => Assert.Single(Read(Write("a.json", """{"messages": [{"role": "user", "content": "hi"}]}""")));

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("[]")]
    public void A_json_file_may_be_empty(string content) => Assert.Empty(Read(Write("a.json", content)));

    [Theory]
    [InlineData("[{\"a\": 1},\n{\"a\": }]", "a.json, line 2")]
    [InlineData("[{\"a\": 1}, 7]", "a.json, item 2: not a JSON object")]
    [InlineData("[{\"a\": 1}", "a.json, line 1")]
    [InlineData("{\"a\": 1}\n{\"a\"", "a.json, line 2")]
    public void A_wrong_json_file_is_told_with_the_place(string content, string place)
        => Assert.Contains(place, Assert.Throws<DllmException>(() => Read(Write("a.json", content))).Message);

    [Fact]
    public void A_wrong_conversation_is_told_with_file_and_line()
    {
        var rows = Read(Write("a.jsonl", "{\"messages\": []}\n{\"messages\": 3}\n"));

        Assert.Empty(ConversationFormat.Read(rows[0]).Messages);
        Assert.Contains("a.jsonl, line 2: a conversation", Assert.Throws<DllmException>(() => ConversationFormat.Read(rows[1])).Message);
    }

    [Theory]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.txt.gz")]
    [InlineData("a.json.gz")]
    [InlineData("a.parquet.gz")]
    public void A_damaged_compressed_file_is_one_clear_error(string name)
    {
        var path = Path.Combine(_root, name);
        using (var file = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            file.Write(Encoding.UTF8.GetBytes(string.Join("\n", Enumerable.Range(0, 20_000).Select(i => $"{{\"n\": {i * i}}}"))));
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);

        Assert.Contains(name, Assert.Throws<DllmException>(() => Read(path)).Message);
    }

    [Fact]
    public async Task Parquet_gives_conversations()
    {
        var path = await WriteParquet("train.parquet");

        var rows = Read(path);

        Assert.Equal(["hello", null], rows.Select(row => row.Text("text")));
        Assert.Equal([7L, 8L], rows.Select(row => row.Values["n"]));
        var conversation = ConversationFormat.Read(rows[0]);
        Assert.Equal([("user", "q"), ("assistant", "a")], conversation.Messages.Select(message => (message.Role, message.Content)));
        Assert.Single(ConversationFormat.Read(rows[1]).Messages);
        Assert.EndsWith("train.parquet, row 2", rows[1].Origin);
    }

    [Fact]
    public void What_is_no_parquet_is_one_clear_error()
        => Assert.Contains("a.parquet: ", Assert.Throws<DllmException>(() => Read(Write("a.parquet", "no parquet at all"))).Message);

    [Fact]
    public async Task Every_damage_to_a_parquet_file_is_one_clear_error_or_none()
    {
        var whole = await File.ReadAllBytesAsync(await WriteParquet("whole.parquet"), TestContext.Current.CancellationToken);
        var path = Path.Combine(_root, "a.parquet");
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= (byte)(at % 3 == 0 ? 0xFF : 1 << (at % 8));
            await File.WriteAllBytesAsync(path, damaged, TestContext.Current.CancellationToken);
            Assert.True(Record.Exception(() => Read(path)) is null or DllmException { InnerException: not TimeoutException }, $"byte {at}");
        }
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.99)]
    public async Task A_parquet_file_cut_short_says_so(double share)
    {
        var whole = await File.ReadAllBytesAsync(await WriteParquet("whole.parquet"), TestContext.Current.CancellationToken);
        var path = Path.Combine(_root, "a.parquet");
        await File.WriteAllBytesAsync(path, whole[..(int)(whole.Length * share)], TestContext.Current.CancellationToken);
        Assert.Contains("a.parquet: not a Parquet file that can be read: it does not end with", Assert.Throws<DllmException>(() => Read(path)).Message);
    }

    [Theory]
    [InlineData("sft-demo/alpaca_en_demo.json.gz", 999)]
    [InlineData("sft-demo/alpaca_zh_demo.json.gz", 1000)]
    [InlineData("sft-demo/identity.json.gz", 91)]
    [InlineData("sft-demo/glaive_toolcall_en_demo.json.gz", 300)]
    [InlineData("sft-demo/v1_sft_demo.jsonl.gz", 0)]
    [InlineData("sft-demo/reason_tool_use_demo_50.jsonl.gz", 0)]
    [InlineData("dummy-conversation/dummy_conversation.json.gz", 0)]
    public void Real_conversations_are_read(string file, int count)
    {
        var path = Shared(file);

        var conversations = Read(path).Select(ConversationFormat.Read).ToArray();

        Assert.NotEmpty(conversations);
        Assert.True(count == 0 || conversations.Length == count, $"{conversations.Length} conversations");
        Assert.All(conversations, conversation => Assert.All(conversation.Messages, message => Assert.NotEmpty(message.Role)));
        Assert.Contains(conversations, conversation => conversation.Messages.Count > 1 && conversation.Messages[1].Content.Length > 0);
    }

    [Theory]
    [InlineData("tiny-shakespeare/input.txt")]
    [InlineData("wikitext-2/valid.txt.gz")]
    [InlineData("wikitext-2/test.txt.gz")]
    public void Real_texts_are_read_whole(string file)
    {
        var path = Shared(file);
        using var reader = new StreamReader(DataFile.OpenRead(path));

        Assert.Equal(reader.ReadToEnd(), string.Concat(Read(path).Select(row => row.Text("text"))));
    }

    private static DataRow[] Read(string path) => [.. new LocalDatasets(RowReaders.All).Open(path, null)["train"]];

    private static string Shared(string file)
    {
        var path = Path.Combine(SharedData, file);
        Assert.SkipUnless(File.Exists(path), $"{file} is not here: no ../shared/data");
        return path;
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private string Write(string name, string content)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, content);
        return path;
    }

    private async Task<string> WriteParquet(string name)
    {
        var schema = new ParquetSchema(
            new DataField<string>("text"),
            new DataField<int>("n"),
            new ListField("messages", new StructField("element", new DataField<string>("role"), new DataField<string>("content"))));
        var path = Path.Combine(_root, name);
        await using var file = File.Create(path);
        await ParquetSerializer.SerializeUntypedAsync(
            [
                new Dictionary<string, object?> { ["text"] = "hello", ["n"] = 7, ["messages"] = new[] { Message("user", "q"), Message("assistant", "a") } },
                new Dictionary<string, object?> { ["text"] = null, ["n"] = 8, ["messages"] = new[] { Message("user", "x") } },
            ],
            schema,
            file);
        return path;
    }

    private static Dictionary<string, object?> Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
