using System.Text;
using System.Text.Json;
using Dllm.Checkpoints;
using Dllm.Data;
using Dllm.Data.Sources;

namespace Dllm.Tests;

public class JsonInputTests
{
    [Fact]
    public void ANameGivenTwiceIsNoNodeOrTheLastOfBoth()
    {
        const string Twice = """{"a": {"b": 1, "b": [2]}, "a": {"b": 3, "b": [null, "\ud800"]}}""";
        Assert.ThrowsAny<JsonException>(() => JsonInput.ParseNode(Twice));
        Assert.Equal("""{"a":{"b":[null,"\uFFFD"]}}""", JsonInput.ParseLast(Encoding.UTF8.GetBytes("\uFEFF" + Twice))!.ToJsonString());
        Assert.ThrowsAny<JsonException>(() => JsonInput.ParseLast("{"u8));
    }

    [Theory]
    [InlineData(@"a \ud83d b", "a \uFFFD b")]
    [InlineData(@"\uD83D", "\uFFFD")]
    [InlineData(@"\ude00\ud83d", "\uFFFD\uFFFD")] // a pair the wrong way round
    [InlineData(@"\ud83d\ud83d\ude00", "\uFFFD\U0001F600")]
    [InlineData(@"\ud83d\n", "\uFFFD\n")]
    [InlineData(@"\ud83d\\ude00", @"�\ude00")]
    [InlineData(@"\\ud83d", @"\ud83d")] // a backslash and five letters
    [InlineData(@"\u00e9\ud83d\ude00\u20ac", "é\U0001F600€")]
    public void HalfOfAPairIsReadAsTheReplacementCharacter(string escaped, string expected)
    {
        using var document = JsonInput.Parse($"[\"{escaped}\"]");
        Assert.Equal(expected, document.RootElement[0].GetString());

        using var fromBytes = JsonInput.Parse(Encoding.UTF8.GetBytes($"[\"{escaped}\"]").AsMemory());
        Assert.Equal(expected, fromBytes.RootElement[0].GetString());

        Assert.Equal(expected, JsonInput.ParseNode($"[\"{escaped}\"]")![0]!.GetValue<string>());
    }

    [Theory]
    [InlineData(1)] // every escape is cut everywhere
    [InlineData(5)]
    [InlineData(100_000)]
    public void AStreamIsRepairedWhereverItIsCut(int portion)
    {
        string text = string.Concat(Enumerable.Repeat(@"\ud83d \ud83d\ude00 \\ud83d \ude00é", 4000)) + @"\ud83d";
        using var stream = JsonInput.Repair(new Trickle(Encoding.UTF8.GetBytes($"\"{text}\""), portion));

        string read = JsonSerializer.Deserialize<string>(stream)!;

        Assert.Equal(string.Concat(Enumerable.Repeat("\uFFFD \U0001F600 \\ud83d \uFFFDé", 4000)) + "\uFFFD", read);
    }

    [Theory]
    [InlineData("a.jsonl", @"{""\ud83d"": ""\ud83d""}")]
    [InlineData("a.json", @"[{""\ud83d"": ""\ud83d""}]")]
    [InlineData("b.json", @"{""\ud83d"": ""\ud83d""}")]
    public void RowsAreReadSo(string name, string content)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, content);
        IRowReader reader = Path.GetExtension(name) == ".json" ? new JsonReader() : new JsonLinesReader();

        var row = Assert.Single(reader.Read(path));

        Assert.Equal("\uFFFD", row.Text("\uFFFD"));
    }

    [Fact]
    public void ConfigurationsAreReadSo()
        => Assert.Equal("\uFFFD", JsonConfig.Parse(@"{""model_type"": ""\ud83d""}", "config.json").ModelType);

    [Theory]
    [InlineData(@"""\ud83")]
    [InlineData(@"""\u")]
    [InlineData(@"""\")]
    [InlineData(@"""\ud83d\u")]
    [InlineData(@"""\ud83g""")]
    public void WhatIsNoJsonStaysNone(string text) => Assert.ThrowsAny<JsonException>(() => JsonInput.Parse(text));

    private sealed class Trickle(byte[] content, int portion) : MemoryStream(content)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(portion, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(portion, count));
    }
}
