using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dllm.Cli.Display;
using Dllm.Evaluation;

namespace Dllm.Cli.Commands;

/// <summary>What <c>dllm infill --choices</c> says of a text.</summary>
internal static class ChoiceReport
{
    private static readonly JsonSerializerOptions Writing = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A table a gap, the most probable choice first.</summary>
    /// <param name="gaps">The text's scores.</param>
    /// <param name="heading">What tells the text from others; null where there is one.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<IReadOnlyList<ChoiceScore>> gaps, string? heading)
    {
        if (heading is not null) yield return VisibleText.Line(heading);
        foreach (var (number, scores) in gaps.Index())
        {
            if (gaps.Count > 1) yield return string.Create(CultureInfo.InvariantCulture, $"gap {number + 1}");
            string[][] rows =
            [
                ["CHOICE", "PROBABILITY", "LOG-LIKELIHOOD", "TOKENS"],
                .. scores.OrderByDescending(score => score.Probability).Select(score => new[]
                {
                    score.Choice, score.Probability.ToString("0.0000", CultureInfo.InvariantCulture),
                    score.LogLikelihood.ToString("0.000", CultureInfo.InvariantCulture), score.Tokens.ToString(CultureInfo.InvariantCulture),
                }),
            ];
            foreach (string line in TextColumns.Of(rows, null)) yield return line;
        }
    }

    /// <summary>One line of JSON: the text, and by gap the best choice and all, in the order given.</summary>
    public static string Json(string text, IReadOnlyList<IReadOnlyList<ChoiceScore>> gaps) => new JsonObject
    {
        ["prompt"] = text,
        ["gaps"] = new JsonArray([.. gaps.Select(scores => (JsonNode)new JsonObject
        {
            ["choice"] = scores.MaxBy(score => score.Probability)!.Choice,
            ["choices"] = new JsonArray([.. scores.Select(score => (JsonNode)new JsonObject
            {
                ["text"] = score.Choice, ["probability"] = Math.Round(score.Probability, 6), ["log_likelihood"] = Math.Round(score.LogLikelihood, 6), ["tokens"] = score.Tokens,
            })]),
        })]),
    }.ToJsonString(Writing);
}
