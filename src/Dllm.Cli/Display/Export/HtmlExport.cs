using System.Text.Json;
using Dllm.Checkpoints;

namespace Dllm.Cli.Display.Export;

/// <summary>
/// Writes a recording as one web page that needs nothing else: a slider over the steps, play and arrow keys, and each token on the
/// colour of its confidence.
/// </summary>
/// <param name="texts">How tokens read.</param>
internal sealed class HtmlExport(TokenTexts texts)
{
    /// <summary>Writes the page.</summary>
    /// <exception cref="DllmException">The file cannot be written.</exception>
    public void Save(string path, string title, DenoisingRecording recording) => AtomicFile.WriteText(path, Page(title, recording));

    /// <summary>The page.</summary>
    public string Page(string title, DenoisingRecording recording)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) WriteData(json, recording);
        string data = System.Text.Encoding.UTF8.GetString(buffer.ToArray()); // its < and & are escaped: it may stand in a script element
        string colors = string.Join(',', Enumerable.Range(0, 11).Select(level => $"\"{ConfidenceColor.Hex(ConfidenceColor.Of(level / 10f))}\""));
        return HtmlPage.Template
            .Replace("{{title}}", System.Net.WebUtility.HtmlEncode(title), StringComparison.Ordinal)
            .Replace("{{unknown}}", ConfidenceColor.Hex(ConfidenceColor.Of(float.NaN)), StringComparison.Ordinal)
            .Replace("{{colors}}", colors, StringComparison.Ordinal)
            .Replace("{{data}}", data, StringComparison.Ordinal);
    }

    // texts: what tokens read; runs: the questions by row, and as frames the first canvas, then for each step what differs from the one before.
    private void WriteData(Utf8JsonWriter json, DenoisingRecording recording)
    {
        var numbers = new Dictionary<int, int>();
        json.WriteStartObject();
        json.WriteStartArray("runs");
        foreach (var run in recording.Runs)
        {
            json.WriteStartObject();
            json.WriteStartArray("questions");
            foreach (string? question in run.Questions) json.WriteStringValue(question is null ? null : VisibleText.Of(question, keepsTabs: false));
            json.WriteEndArray();
            json.WriteStartArray("frames");
            for (int i = 0; i < run.Frames.Count; i++) WriteFrame(json, run.Frames[i], i == 0 ? null : run.Frames[i - 1], numbers);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("texts");
        foreach (int id in numbers.OrderBy(pair => pair.Value).Select(pair => pair.Key))
        {
            json.WriteStartArray();
            json.WriteStringValue(texts[id].Text);
            json.WriteNumberValue(texts[id].IsSpecial ? 1 : 0);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFrame(Utf8JsonWriter json, RecordedFrame frame, RecordedFrame? before, Dictionary<int, int> numbers)
    {
        json.WriteStartObject();
        json.WriteNumber("masks", frame.MasksLeft);
        json.WriteStartArray("rows"); // whole rows: [row, tokens]
        for (int row = 0; row < frame.Rows.Count; row++)
        {
            if (before is not null && before.Rows[row].Length == frame.Rows[row].Length) continue;
            json.WriteStartArray();
            json.WriteNumberValue(row);
            foreach (var token in frame.Rows[row]) WriteToken(json, token, numbers);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("changes"); // single tokens: [row, place, token]
        for (int row = 0; row < frame.Rows.Count; row++)
        {
            if (before is null || before.Rows[row].Length != frame.Rows[row].Length) continue;
            for (int place = 0; place < frame.Rows[row].Length; place++)
            {
                var token = frame.Rows[row][place];
                if (token.Kind != CanvasSpanKind.Changed && token.Id == before.Rows[row][place].Id) continue;
                json.WriteStartArray();
                json.WriteNumberValue(row);
                json.WriteNumberValue(place);
                WriteToken(json, token, numbers);
                json.WriteEndArray();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // [text, kind (0 given, 1 written, 2 mask), confidence in thousandths or -1, step]
    private static void WriteToken(Utf8JsonWriter json, RecordedToken token, Dictionary<int, int> numbers)
    {
        if (!numbers.TryGetValue(token.Id, out int number)) numbers.Add(token.Id, number = numbers.Count);
        json.WriteStartArray();
        json.WriteNumberValue(number);
        json.WriteNumberValue(token.Kind switch { CanvasSpanKind.Given => 0, CanvasSpanKind.Masked => 2, _ => 1 });
        json.WriteNumberValue(float.IsNaN(token.Confidence) ? -1 : (int)MathF.Round(token.Confidence * 1000));
        json.WriteNumberValue(token.Step);
        json.WriteEndArray();
    }
}
