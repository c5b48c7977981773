using System.IO.Compression;
using Dllm.Data;
using Dllm.Data.Sources;

namespace Dllm.Fuzz.Targets;

/// <summary>Data sets: each format's rows, the conversations in them, and the words that name them.</summary>
internal static class DataTargets
{
    private const int MostRows = 5000;

    private static readonly string[] Words =
    [
        "messages", "conversations", "role", "from", "content", "value", "instruction", "input", "output", "history", "prompt", "completion", "system", "tools",
        "text", "id", "user", "human", "assistant", "gpt", "null", "train", "rows", "data", "\r\n", "\"\"", ",,", "\\ud800", "\\u0000",
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Rows("jsonl", "a.jsonl", Seeds.JsonLines),
        Rows("json", "a.json", Seeds.JsonRows),
        Rows("csv", "a.csv", Seeds.Csv),
        Rows("text", "a.txt", Seeds.Paragraphs),
        Rows("parquet", "a.parquet", Seeds.Parquet),
        Rows("gzip", "a.jsonl.gz", [.. Seeds.JsonLines.Select(Pack)]),
        FuzzTarget.OfText("dataset_spec", Seeds.Specs, text =>
        {
            Try(() => DatasetSpec.Parse(text));
            NamedSpec.Parse(text);
        }) with { Words = ["[train:100]", "train", "test", "[", "]", "+", "|", ":", "=", ",", "100%", "1e9"] },
    ];

    private static FuzzTarget Rows(string name, string file, IReadOnlyList<byte[]> seeds) => FuzzTarget.OfFile(name, file, seeds, path =>
    {
        var reader = RowReaders.All.Single(reader => reader.Extensions.Contains(DataFile.Extension(path)));
        foreach (var row in reader.Read(path).Take(MostRows))
        {
            Try(() => ConversationFormat.Read(row));
            Try(() => ConversationFormat.ReadPrompt(row));
        }
    }) with
    { Words = Words };

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (DllmException)
        {
            // one of several readers of the same input
        }
    }

    private static byte[] Pack(byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(rows);
        return packed.ToArray();
    }
}
