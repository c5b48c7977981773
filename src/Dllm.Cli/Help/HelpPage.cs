using System.CommandLine;
using System.CommandLine.Invocation;

namespace Dllm.Cli.Help;

/// <summary>
/// What <c>--help</c> and <c>--help-all</c> write: options in groups, the usual ones first, and of the samplers' options those of one
/// sampler, or all.
/// </summary>
/// <param name="width">Columns of a line.</param>
/// <param name="showsAll">Whether the options of all samplers are shown.</param>
internal sealed class HelpPage(int width, bool showsAll) : SynchronousCommandLineAction
{
    /// <summary>The option that shows the options of all samplers, where a command has any.</summary>
    public const string AllOption = "--help-all";

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        var page = new Columns(width);
        page.Paragraph(command.Description ?? "").Line();
        page.Line("Usage:").Line($"  {Usage(command)}").Line();
        Section(page, "Arguments", [.. command.Arguments.Select(argument => (argument.Name, argument.Description ?? ""))]);
        Section(page, "Commands", [.. command.Subcommands.SelectMany(below => Commands(below, ""))]);
        var verb = command as Verb;
        var sampler = verb?.Sampler is { } samplers ? new SamplerHelp(samplers, showsAll ? null : samplers.ForHelp(parseResult)) : null;
        var options = All(command).Where(option => !option.Hidden && (option.Name == AllOption ? sampler is not null : sampler?.Shows(option) != false));
        foreach (var group in options.GroupBy(HelpGroups.GroupOf).OrderBy(group => group.Key))
        {
            string heading = group.Key == HelpGroup.Sampler && sampler is not null ? sampler.Heading : group.Key.Heading();
            Section(page, heading, [.. group.Select(option => (Label(option), Meaning(option, sampler)))]);
        }

        if (verb is not null)
        {
            page.Line("Examples:");
            foreach (string example in verb.Examples) page.Line($"  {Invocation.Name} {example}");
            page.Line();
        }
        else
        {
            page.Line($"{Invocation.Line("help", "COMMAND")} explains a command.").Line();
        }

        parseResult.InvocationConfiguration.Output.Write(page.ToString());
        return 0;
    }

    /// <summary>A command's own options, then those that it shares with all.</summary>
    public static IEnumerable<Option> All(Command command)
    {
        var own = command.Options;
        var above = command.Parents.OfType<Command>().SelectMany(All).Where(option => option.Recursive);
        return own.Concat(above).Distinct();
    }

    private static void Section(Columns page, string heading, IReadOnlyList<(string, string)> rows)
    {
        if (rows.Count > 0) page.Line($"{heading}:").Table(rows).Line();
    }

    private static string Usage(Command command)
    {
        string path = command is RootCommand ? Invocation.Name : $"{Invocation.Name} {PathOf(command)}";
        var arguments = command.Arguments.Select(argument => argument.Arity.MaximumNumberOfValues > 1 ? $"[{argument.Name} …]" : argument.Name);
        string below = command is Verb ? "[options]" : "COMMAND [options]";
        return string.Join(' ', [path, .. arguments, below]);
    }

    /// <summary>What is typed to reach a command, without the program's name.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } above and not RootCommand ? $"{PathOf(above)} {command.Name}" : command.Name;

    // A command that does something and those below it.
    private static IEnumerable<(string, string)> Commands(Command command, string prefix)
    {
        string name = prefix + command.Name;
        bool acts = command is Verb || command.Subcommands.Count == 0;
        string arguments = string.Concat(command.Arguments.Select(argument => $" {argument.Name}"));
        return [.. acts ? [(name + arguments, FirstSentence(command.Description ?? ""))] : Array.Empty<(string, string)>(),
            .. command.Subcommands.SelectMany(below => Commands(below, name + " "))];
    }

    private static string FirstSentence(string text) => text.Split(". ")[0].Split(": ")[0].TrimEnd('.', ';') + ".";

    private static string Label(Option option)
    {
        string names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        return option.HelpName is { } value ? $"{names} <{value}>" : names;
    }

    private static string Meaning(Option option, SamplerHelp? sampler)
    {
        string told = (option.Description ?? "").TrimEnd('.');
        return told + (sampler?.Note(option) ?? (DefaultOf(option) is { } value ? $" [default: {value}]" : ""));
    }

    private static string? DefaultOf(Option option)
    {
        if (!option.HasDefaultValue) return null;
        return option.GetDefaultValue() switch
        {
            null or bool or string { Length: 0 } or Array { Length: 0 } => null,
            Array list => string.Join(',', list.Cast<object>()),
            var value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}
