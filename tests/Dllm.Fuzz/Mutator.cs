using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Fuzz;

/// <summary>Changes an input: bits and bytes, words of its format, lines, or the structure of JSON.</summary>
internal sealed class Mutator(FuzzRandom random, IReadOnlyList<byte[]> seeds, IReadOnlyList<string> words)
{
    private const int Longest = 1 << 18;

    private static readonly string[] Numbers =
        ["0", "-1", "1", "127", "255", "65536", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807", "1e30", "1e999",
         "-0.0", "0.1", "NaN", "Infinity", "99999999999999999999999999", "3000", "1000000000"];

    private static readonly string[] Texts =
        ["", " ", "\n", "\t", "\0", "\u001b[2J", "null", "true", "{}", "[]", "\\", "\"", "'", "é", "\u0301", "漢字", "😀", "\ud800", "\ufeff", "\u2028",
         "../../etc/passwd", "/dev/zero", "%s", "{{", "}}", "{%", "*", "&a", "*a", "<<", "!function a.b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"];

    public byte[] Change(byte[] input)
    {
        var result = input;
        for (var changes = 1 + random.Next(4); changes > 0; changes--)
            result = Once(result);
        return result.Length <= Longest ? result : result[..Longest];
    }

    private byte[] Once(byte[] input)
    {
        switch (random.Next(5))
        {
            case 0:
                return OnBytes(input);
            case 1:
                return OnJson(input) ?? OnText(input);
            case 2:
                return OnLines(input);
            default:
                return OnText(input);
        }
    }

    private byte[] OnBytes(byte[] input)
    {
        var at = random.Next(input.Length + 1);
        var count = Math.Min(input.Length - at, random.Length(64));
        switch (random.Next(7))
        {
            case 0 when at < input.Length:
                var flipped = input.ToArray();
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1 when at < input.Length:
                var set = input.ToArray();
                set[at] = random.Of<byte>([0, 0xFF, 0x80, 0xC0, 0xED, (byte)'"', (byte)'{', (byte)'\n', (byte)random.Next(256)]);
                return set;
            case 2:
                return [.. input[..at], .. input[(at + count)..]];
            case 3:
                return [.. input[..(at + count)], .. input[at..]];
            case 4:
                return input[..at];
            case 5:
                var other = random.Of(seeds);
                return [.. input[..at], .. other[random.Next(other.Length + 1)..]];
            default:
                var inserted = new byte[random.Length(16)];
                for (var i = 0; i < inserted.Length; i++)
                    inserted[i] = (byte)random.NextWord();
                return [.. input[..at], .. inserted, .. input[at..]];
        }
    }

    /// <summary>Puts words in, in place of others, or very often.</summary>
    private byte[] OnText(byte[] input)
    {
        var at = random.Next(input.Length + 1);
        var word = Word();
        var bytes = Encoding.UTF8.GetBytes(random.Next(12) == 0 ? string.Concat(Enumerable.Repeat(word, Math.Min(random.Length(20_000), Longest / Math.Max(1, word.Length)))) : word);
        var end = at;
        if (random.Next(2) == 0)
        {
            while (end < input.Length && IsWord(input[end]))
                end++;
            while (at > 0 && IsWord(input[at - 1]))
                at--;
        }

        return [.. input[..at], .. bytes, .. input[end..]];
    }

    private static bool IsWord(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'-' or (byte)'.';

    private string Word() => random.Next(4) switch
    {
        0 => random.Of(Numbers),
        1 => random.Of(Texts),
        2 => random.Of(["[", "{", "(", "- ", "  ", "\\frac{", "{\"a\":", "[1,", ",", ":", "]", "}", ")", "|", "a: "]),
        _ => words.Count > 0 ? random.Of(words) : random.Of(Texts),
    };

    private byte[] OnLines(byte[] input)
    {
        List<string> lines = [.. Encoding.Latin1.GetString(input).Split('\n')];
        var at = random.Next(lines.Count);
        var other = random.Next(lines.Count);
        switch (random.Next(5))
        {
            case 0:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.InsertRange(at, Enumerable.Repeat(lines[at], random.Next(16) == 0 ? Math.Min(2000, 1 + (Longest / (lines[at].Length + 1))) : 1));
                break;
            case 2:
                (lines[at], lines[other]) = (lines[other], lines[at]);
                break;
            case 3:
                lines[at] = new string(' ', random.Length(12)) + lines[at];
                break;
            default:
                lines[at] = lines[at].TrimStart();
                break;
        }

        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    private byte[]? OnJson(byte[] input)
    {
        try
        {
            var root = JsonNode.Parse(input);
            var nodes = new List<JsonNode>();
            Collect(root, nodes);
            var places = nodes.Where(node => node.Parent is not null).ToList();
            if (places.Count == 0)
                return null;
            var node = random.Of(places);
            ChangeNode(node, places);
            return Encoding.UTF8.GetBytes(root!.ToJsonString());
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private void ChangeNode(JsonNode node, List<JsonNode> others)
    {
        switch (random.Next(5))
        {
            case 0 when node.Parent is JsonObject parent:
                parent.Remove(node.GetPropertyName());
                break;
            case 0:
                ((JsonArray)node.Parent!).RemoveAt(node.GetElementIndex());
                break;
            case 1 when node.Parent is JsonObject parent:
                parent[words.Count > 0 ? random.Of(words) : "x"] = node.DeepClone();
                break;
            case 1:
                var list = (JsonArray)node.Parent!;
                for (var copies = random.Next(30) == 0 ? 5000 : 1; copies > 0 && list.Count < 20_000; copies--)
                    list.Insert(0, node.DeepClone());
                break;
            case 2:
                node.ReplaceWith(random.Of(others).DeepClone());
                break;
            default:
                node.ReplaceWith(Value());
                break;
        }
    }

    private JsonNode? Value()
    {
        switch (random.Next(6))
        {
            case 0:
                return random.Of<JsonNode?>([null, JsonValue.Create(true), JsonValue.Create(false)]);
            case 1:
                return JsonNode.Parse(random.Of(Numbers.Where(number => number is not ("NaN" or "Infinity")).ToArray()));
            case 2:
                return random.Next(2) == 0 ? new JsonArray() : new JsonObject();
            case 3:
                JsonNode deep = new JsonArray();
                for (var depth = random.Length(60); depth > 0; depth--)
                    deep = random.Next(2) == 0 ? new JsonArray(deep) : new JsonObject { ["a"] = deep };
                return deep;
            default:
                return JsonValue.Create(Word());
        }
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null || nodes.Count > 5000)
            return;
        nodes.Add(node);
        foreach (var child in node is JsonObject map ? map.Select(pair => pair.Value) : node is JsonArray list ? list : Enumerable.Empty<JsonNode?>())
            Collect(child, nodes);
    }
}
