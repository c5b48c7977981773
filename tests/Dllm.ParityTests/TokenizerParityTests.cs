using System.IO.Compression;
using System.Text.Json;
using Dllm.Tokenization;

namespace Dllm.ParityTests;

/// <summary>Real tokenizers against what the reference library makes of the same strings.</summary>
public class TokenizerParityTests
{
    private static readonly string Folder = Path.Combine(GoldenFolders.Shared, "data", "tokenizers");

    public static IEnumerable<TheoryDataRow<string>> Names() =>
        [.. new[]
        {
            "bert-base-uncased", "gpt-neox-olmo", "gpt2", "llama2", "llama3", "modernbert", "olmo-dolma2", "pegasus", "phi3", "qwen3",
            "roberta-base",
        }.Select(name => new TheoryDataRow<string>(name))];

    [Theory]
    [MemberData(nameof(Names))]
    public void IdsOffsetsAndDecodingsAreEqual(string name)
    {
        Tokenizer tokenizer = Open(name);
        var differences = new List<string>();
        int strings = 0;
        foreach (JsonElement line in Lines(name, "expected.jsonl.gz"))
        {
            strings++;
            string text = line.GetProperty("text").GetString()!;
            int[] ids = Ints(line.GetProperty("ids"));
            int[] special = Ints(line.GetProperty("ids_special"));
            EncodedText encoded = tokenizer.EncodeWithOffsets(text, addSpecialTokens: false);
            TextSpan[] offsets =
                [.. line.GetProperty("offsets").EnumerateArray().Select(pair => new TextSpan(pair[0].GetInt32(), pair[1].GetInt32()))];
            Compare("ids", text, ids, tokenizer.Encode(text, addSpecialTokens: false));
            Compare("ids with special tokens", text, special, tokenizer.Encode(text));
            Compare("ids with offsets", text, ids, encoded.Ids);
            Compare("offsets", text, offsets, encoded.Offsets);
            Compare("decoding", text, [line.GetProperty("decoded").GetString()!], [tokenizer.Decode(ids, false, false)]);
            Compare("decoding, special skipped", text, [line.GetProperty("decoded_skip").GetString()!], [tokenizer.Decode(ids, true, false)]);
        }

        Assert.True(strings > 0);
        Assert.True(differences.Count == 0, $"{differences.Count} of {strings} strings:\n{string.Join('\n', differences.Take(10))}");

        void Compare<T>(string what, string text, IEnumerable<T> expected, IEnumerable<T> actual)
        {
            if (!expected.SequenceEqual(actual))
            {
                string values = $"expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}";
                differences.Add($"{what} of {JsonSerializer.Serialize(text)}: {values}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void IdsOfFuzzStringsAreEqual(string name)
    {
        Tokenizer tokenizer = Open(name);
        Assert.SkipUnless(File.Exists(Path.Combine(Folder, name, "fuzz.jsonl.gz")), $"{name} has no fuzz strings");
        var differences = new List<string>();
        foreach (JsonElement line in Lines(name, "fuzz.jsonl.gz"))
        {
            string text = line.GetProperty("text").GetString()!;
            int[] expected = Ints(line.GetProperty("ids"));
            int[] actual = tokenizer.Encode(text, addSpecialTokens: false);
            if (!expected.AsSpan().SequenceEqual(actual))
            {
                differences.Add($"{JsonSerializer.Serialize(text)}: expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} strings:\n{string.Join('\n', differences.Take(10))}");
    }

    [Fact]
    public void CharactersNewerThanTheReferencesTablesKeepTheirOldClass()
    {
        string file = Path.Combine(Folder, "bert-base-uncased", "unicode-exceptions.tsv");
        Assert.SkipUnless(File.Exists(file), $"{file} is not at hand");
        var normalizer = new BertNormalizer(cleansText: true, separatesChinese: true, stripsAccents: true, lowercases: true);
        var words = new ScanningPreTokenizer(new BertScanner());
        foreach (string[] row in File.ReadLines(file).Skip(2).Select(line => line.Split('\t'))) // code, what, the reference's result, …
        {
            string text = $"a{char.ConvertFromUtf32(Convert.ToInt32(row[0], 16))}b";
            var pieces = new List<Piece>();
            words.Split(Piece.Whole(MappedText.FromOriginal(text, tracked: false)), pieces);
            IEnumerable<string> normal = normalizer.Normalize(MappedText.FromOriginal(text, tracked: true)).Value
                .EnumerateRunes().Select(rune => rune.Value.ToString("x", System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(row[2], row[1] == "norm" ? string.Join('.', normal) : $"{pieces.Count(piece => piece.Length > 0)}");
        }
    }

    private static Tokenizer Open(string name)
    {
        string directory = Path.Combine(Folder, name);
        Assert.SkipUnless(Directory.Exists(directory), $"{directory} is not at hand: real tokenizers are not part of the repository");
        return Tokenizer.FromDirectory(directory);
    }

    private static IEnumerable<JsonElement> Lines(string name, string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(Folder, name, file)), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            yield return JsonElement.Parse(line);
        }
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetInt32())];
}
