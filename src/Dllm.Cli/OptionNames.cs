using System.CommandLine;
using System.Text.RegularExpressions;
using Dllm.Cli.Help;

namespace Dllm.Cli;

/// <summary>
/// The library calls options by their names: <c>max-new-tokens</c>, <c>output_dir</c>, and with marks where a name is a word of the
/// language: <c>`resume`</c>. Who types a command line reads its flags instead: <c>--max-new-tokens</c>.
/// </summary>
internal static partial class OptionNames
{
    /// <summary>
    /// A message with the flags of a command in place of the names in code, and with the program's name as the user types it. Names that are
    /// no flag lose their marks.
    /// </summary>
    public static string AsFlags(string message, Command command)
    {
        if (Invocation.Name != "dllm") message = Call().Replace(message, Invocation.Name);
        var flags = HelpPage.All(command).Select(option => option.Name).ToHashSet();
        return Name().Replace(message, match =>
        {
            string name = match.Groups["name"].Value;
            string flag = "--" + name.Replace('_', '-');
            return flags.Contains(flag) ? flag : name;
        });
    }

    [GeneratedRegex("(?<![\\w./\"'-])dllm(?= (chat|sample|infill|pretrain|sft|quickstart|convert|tokenizer|eval|inspect|verify|help)\\b)")]
    private static partial Regex Call();

    // Between marks any word, else one of several parts that is no part of a path or of a quotation.
    [GeneratedRegex("""`(?<name>[a-z][a-z0-9_-]*)`|(?<![\w'"/.\\-])(?<name>[a-z][a-z0-9]*([_-][a-z0-9]+)+)(?![\w'"/\\=-]|\.\w)""")]
    private static partial Regex Name();
}
