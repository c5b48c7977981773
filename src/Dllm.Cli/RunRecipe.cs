using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dllm.Cli.Options;

namespace Dllm.Cli;

/// <summary>What a command line gave, written as a recipe: the run can be made again from it. Defaults stand in it as comments.</summary>
/// <param name="parsed">The command line, a recipe's options included.</param>
/// <param name="seed">The seed that the run has, given or not.</param>
/// <param name="ofThisProcess">Options that say where this process writes, and how it begins: not the run's.</param>
internal sealed partial class RunRecipe(ParseResult parsed, int seed, IReadOnlyList<Option> ofThisProcess)
{
    /// <summary>How a recipe of ours begins; another's is the user's own.</summary>
    public const string Mark = "# A record of ";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Verb Verb => (Verb)parsed.CommandResult.Command;

    /// <summary>The words of the command line, a recipe's options included.</summary>
    public IReadOnlyList<string> Command => [.. parsed.Tokens.Select(token => token.Value)];

    /// <summary>The recipe as YAML.</summary>
    /// <param name="folder">The run's folder, for the comments.</param>
    public string ToYaml(string folder)
    {
        var text = new StringBuilder();
        string file = Path.Combine(folder, RunRecord.RecipeFile);
        text.AppendLine($"{Mark}dllm {Verb.Name}; run from {Comment(Environment.CurrentDirectory)}, where relative paths begin.");
        text.AppendLine($"# Again, elsewhere:  dllm {Verb.Name} --recipe {Comment(file)} --output-dir NEW");
        text.AppendLine($"# To go on with it:  dllm {Verb.Name} --recipe {Comment(file)} --output-dir {Comment(folder)} --resume");
        text.AppendLine();
        foreach (var option in Options.Where(IsSaid)) text.AppendLine(Line(option));
        text.AppendLine().AppendLine("# What was not given, with what it meant then:");
        foreach (var option in Options.Where(option => !IsSaid(option) && parsed.Shown(option) is not null)) text.AppendLine($"# {Line(option)}");
        return text.ToString();
    }

    private IEnumerable<Option> Options => Verb.Options.Where(option =>
        option.Name.StartsWith("--", StringComparison.Ordinal) && option != Verb.Recipe && option != Verb.Common.Debug
        && option.Name is not ("--help" or "--version") && !ofThisProcess.Contains(option));

    private bool IsSaid(Option option) => option == Verb.Common.Seed || parsed.IsGiven(option);

    private string Line(Option option)
    {
        string value = parsed.Shown(option) ?? (option == Verb.Common.Seed ? seed.ToString(CultureInfo.InvariantCulture) : "");
        bool isPlain = Plain().IsMatch(value) && value is not ("null" or "Null" or "NULL");
        return $"{option.Name[2..]}: {(isPlain ? value : JsonSerializer.Serialize(value, Json))}";
    }

    private static string Comment(string text) => Terminal.OneLine(text);

    [GeneratedRegex(@"^[A-Za-z0-9_./][A-Za-z0-9_./+-]*\z")]
    private static partial Regex Plain();
}
