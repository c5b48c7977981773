using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dllm.Cli.Commands;

/// <summary>What was written for one prompt.</summary>
/// <param name="Prompt">The prompt as given.</param>
/// <param name="Text">The text written, up to the end token.</param>
/// <param name="Ids">The tokens written, the end token and what follows it included.</param>
/// <param name="Steps">Denoising steps of its batch.</param>
/// <param name="TokensPerSecond">Tokens that its batch wrote a second.</param>
/// <param name="FinishReason"><c>stop</c> where an end token was written, else <c>length</c>.</param>
internal sealed record SampleResult(string Prompt, string Text, int[] Ids, int Steps, double TokensPerSecond, string FinishReason)
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One line of JSON.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteString("prompt", Prompt);
            json.WriteString("text", Text);
            json.WriteStartArray("ids");
            foreach (int id in Ids) json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteNumber("steps", Steps);
            json.WriteNumber("tokens_per_second", Math.Round(TokensPerSecond, 1));
            json.WriteString("finish_reason", FinishReason);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
