using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dllm.Data.Sources;

namespace Dllm.Evaluation.Running;

/// <summary>
/// The prompt files of BIG-Bench Hard (Suzgun et al., 2022): what precedes a line of dashes is a warning, then an instruction, then
/// examples of <c>Q: … A: …</c>, which become rows with the columns <c>input</c>, <c>target</c> and <c>instruction</c>. The words that lead in
/// a chain of thought are the prompt's, which asks with them, and not the target's.
/// </summary>
internal static partial class ChainOfThoughtFile
{
    /// <summary>The examples of a file.</summary>
    /// <exception cref="DllmException">It cannot be read.</exception>
    public static IEnumerable<JsonObject> Read(string path)
    {
        var text = string.Join('\n', LineReader.Lines(path).Select(line => line.Text));
        var instruction = Instruction().Match(text).Groups["text"].Value;
        return Examples().Matches(text).Select(example => new JsonObject
        {
            ["input"] = example.Groups["input"].Value.Trim(),
            ["target"] = example.Groups["target"].Value.Trim(),
            ["instruction"] = instruction,
        });
    }

    [GeneratedRegex(@"^-+\s*\n\s*(?<text>.*?)\s*^Q:", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"^Q:(?<input>.*?)^A:(?:\s*Let's think step by step\.)?(?<target>.*?)(?=^Q:|\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Examples();
}
