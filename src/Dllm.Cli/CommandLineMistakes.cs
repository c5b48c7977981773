using System.CommandLine;
using System.CommandLine.Parsing;
using Dllm.Cli.Help;

namespace Dllm.Cli;

/// <summary>What is wrong with a command line, and what was probably meant.</summary>
internal static class CommandLineMistakes
{
    private const int MostSuggested = 3;

    /// <summary>Refuses a command line that is not understood.</summary>
    /// <param name="args">The words.</param>
    /// <param name="parsed">What was understood of them.</param>
    /// <param name="isHelp">Whether help is asked for, which forgives all but an unknown command.</param>
    /// <exception cref="DllmException">A name is unknown or a value out of its range.</exception>
    public static void Check(string[] args, ParseResult parsed, bool isHelp)
    {
        var command = parsed.CommandResult.Command;
        if (isHelp && (parsed.UnmatchedTokens.Count == 0 || command is Verb)) return;
        if (FindStrayOption(args, parsed) is { } stray) throw NoOption(stray, command);
        if (parsed.Errors.Count == 0 && !isHelp) return;
        if (parsed.UnmatchedTokens.Count == 0) throw new DllmException(Plain(parsed.Errors[0]), See(command));
        throw NotExpected(parsed.UnmatchedTokens[0], command);
    }

    // Words with dashes that were not understood, or taken for one of a verb's texts.
    private static string? FindStrayOption(string[] args, ParseResult parsed)
    {
        var spoken = args.TakeWhile(word => word != "--").ToHashSet();
        var texts = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value);
        return parsed.UnmatchedTokens.Concat(texts).FirstOrDefault(word => word.StartsWith('-') && spoken.Contains(word));
    }

    private static DllmException NoOption(string word, Command command)
    {
        string name = word.Split('=', ':')[0];
        if (command.Options.Any(option => option.Name == name))
            return new DllmException($"{name} comes before the command", $"options follow it: {Invocation.Line(HelpPage.PathOf(command).Split(' '))} {word} …");
        var known = HelpPage.All(command).ToList();
        string[] near = Meant(name, known);
        string takesTexts = command.Arguments.Any(argument => argument.Arity.MaximumNumberOfValues > 1)
            ? $"a {command.Arguments[0].Name.ToLowerInvariant()} that begins with a dash goes after --" : See(command);
        string remedy = near.Length > 0 ? $"did you mean {Or(near)}?"
            : takesTexts;
        return new DllmException($"there is no option {word}", remedy);
    }

    private static DllmException NotExpected(string word, Command command)
    {
        bool isNone = command is not Verb;
        string path = command is RootCommand ? "" : HelpPage.PathOf(command) + " ";
        string remedy = NearestName.Of(word, command.Subcommands.Select(below => below.Name)) is { } near ? $"did you mean {near}?"
            : command is RootCommand && word.Contains(' ') ? $"to ask a model: {Invocation.Line("sample", word)}"
            : See(command);
        return new DllmException(isNone ? $"there is no command {path}{word}" : $"'{word}' is not expected here", remedy);
    }

    // A misspelled name, a name cut short or without its second dash, else a word of a name: -n may be --num-fewshot or --max-new-tokens.
    private static string[] Meant(string typed, List<Option> known)
    {
        string bare = typed.Trim('-').Replace('_', '-').ToLowerInvariant();
        if (bare.Length == 0) return [];
        string[] names = [.. known.OrderBy(HelpGroups.GroupOf).Select(option => option.Name)];
        bool BeginsWith(string part) => part.StartsWith(bare, StringComparison.Ordinal);
        string[] begun = [.. names.Where(name => BeginsWith(name[2..]))];
        if (bare.Length > 1 && begun.Length == 0 && NearestName.Of("--" + bare, names) is { } near) return [near];
        return [.. names.Where(name => bare.Length > 1 && begun.Length > 0 ? begun.Contains(name) : name.Split('-').Any(BeginsWith)).Take(MostSuggested)];
    }

    private static string Or(string[] names) => names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";

    private static string See(Command command) => $"see {Invocation.Name} {(command is RootCommand ? "" : HelpPage.PathOf(command) + " ")}--help";

    private static string Plain(ParseError error)
    {
        string told = Terminal.OneLine(error.Message).TrimEnd('.');
        return error.SymbolResult is OptionResult { Tokens.Count: 0, Option: { } option } && !told.Contains(" is '", StringComparison.Ordinal)
            ? $"{option.Name} needs a value{(option.HelpName is { } shown ? $": {shown}" : "")}"
            : told;
    }
}
