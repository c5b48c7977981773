using System.Globalization;
using Dllm.Tokenization;

namespace Dllm.Benchmarks;

/// <summary>
/// Characters a second of encoding, by CPU time: the lines of a text one by one, then the text in pages. Each stretch of the text is
/// encoded once, so that nothing but the words repeats; the first quarter only warms up.
/// </summary>
/// <param name="tokenizer">Directory of the tokenizer.</param>
/// <param name="text">Path of a text of at least a megabyte.</param>
/// <param name="output">Takes the results.</param>
public sealed class TokenizerBenchmark(string tokenizer, string text, TextWriter output)
{
    private const int Quarters = 4;

    /// <summary>Runs and writes a line a measurement.</summary>
    public void Run()
    {
        Tokenizer opened = Tokenizer.FromDirectory(tokenizer);
        string[] lines = [.. File.ReadLines(text).Where(line => line.Length > 0)];
        string[] pages = [.. lines.Chunk(64).Select(chunk => string.Join('\n', chunk))];
        Measure("lines", lines, line => opened.Encode(line).Length);
        Measure("pages", pages, page => opened.Encode(page).Length);
        Measure("pages with offsets", pages, page => opened.EncodeWithOffsets(page).Ids.Count);
        int[][] encoded = [.. pages.Select(page => opened.Encode(page))];
        Measure("decoding pages", encoded, ids => ids.Length, ids => opened.Decode(ids).Length);
    }

    private void Measure(string what, string[] items, Func<string, int> encode) => Measure(what, items, encode, item => item.Length);

    private void Measure<T>(string what, T[] items, Func<T, int> tokens, Func<T, int> characters)
    {
        int quarter = items.Length / Quarters;
        double seconds = 0;
        long read = 0;
        long made = 0;
        for (int part = 0; part < Quarters; part++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            foreach (T item in items.AsSpan(part * quarter, quarter))
            {
                made += tokens(item);
                read += characters(item);
            }

            double spent = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            (seconds, read, made) = part == 0 ? (0, 0, 0) : (seconds + spent, read, made);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileName(tokenizer),-20} {what,-20} {read / seconds / 1e6,7:F2} M characters/s "
            + $"{made / seconds / 1e6,7:F2} M tokens/s"));
    }
}
