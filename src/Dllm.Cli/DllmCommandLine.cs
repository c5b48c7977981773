using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Dllm.Cli.Commands;
using Dllm.Cli.Recipes;

namespace Dllm.Cli;

/// <summary>
/// The <c>dllm</c> command line: the table of verbs, and the one edge where exceptions become messages and exit codes. 0: done; 1: what was
/// checked does not hold, or an unexpected error; 2: the user's mistake, one line on the error stream; 130: interrupted; 141:
/// nobody reads the output any more.
/// </summary>
internal static class DllmCommandLine
{
    /// <summary>The verbs in the order of the help.</summary>
    public static IReadOnlyList<Verb> Verbs() =>
    [
        new ChatCommand(),
        new SampleCommand(),
        new InfillCommand(),
        new PretrainCommand(),
        new SftCommand(),
        new Quickstart.QuickstartCommand(),
        new ConvertA2dCommand(),
        new ConvertEditFlowCommand(),
        new TokenizerTrainCommand(),
        new EvalCommand(),
        new EvalListCommand(),
        new EvalMergeCommand(),
        new EvalRerunCommand(),
        new InspectCommand(),
        new VerifyCommand(),
    ];

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, Terminal terminal, Interruption interruption)
    {
        bool debug = args.Contains("--debug");
        try
        {
            int code = Dispatch(args, terminal, interruption);
            terminal.Output.Flush();
            return code;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            terminal.Error.WriteLine("interrupted");
            return Interruption.ExitCode;
        }
        catch (OutputClosedException)
        {
            return ClosedPipe.ExitCode;
        }
        catch (Exception e) when (e is DllmException or IOException or UnauthorizedAccessException)
        {
            string said = e is UnauthorizedAccessException ? $"{e.Message.TrimEnd('.')}; check who may read and write it" : e.Message;
            return Report(terminal, Terminal.OneLine(said), debug ? e : null, 2);
        }
        catch (Exception e) when (MemoryShortage.Explain(e) is { } told)
        {
            return Report(terminal, told, debug ? e : null, 2);
        }
        catch (Exception e)
        {
            // The edge of the program: nothing may leave it as a raw stack trace.
            string hint = debug ? "" : "; this is a defect of dllm: run again with --debug to see where";
            string said = Terminal.OneLine(MemoryShortage.WithoutNativeStack(e.Message));
            return Report(terminal, $"unexpected {e.GetType().Name}: {said}{hint}", debug ? e : null, 1);
        }
    }

    private static int Dispatch(string[] args, Terminal terminal, Interruption interruption)
    {
        var parsed = Parse(args, terminal, interruption);
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }

    /// <summary>Reads a command line and the recipe it names, without running it.</summary>
    /// <exception cref="DllmException">A name is unknown or a value out of its range.</exception>
    public static ParseResult Parse(string[] args, Terminal terminal, Interruption interruption)
    {
        var root = CreateRoot(terminal, interruption);
        var parsed = root.Parse(args);
        if (parsed.CommandResult.Command is Verb { Recipe: { } option } verb && parsed.GetValue(option) is { } path && !AsksForHelp(parsed))
            parsed = root.Parse(RecipeExpansion.Expand(args, Recipes.Recipe.Read(path), verb, parsed));

        if (AsksForHelp(parsed)) return parsed;
        if (parsed.Errors.Count > 0) throw Mistake(parsed);
        RefuseOptionsAmongTexts(args, parsed);
        return parsed;
    }

    // Where a verb takes any number of texts, a mistyped option would be one of them.
    private static void RefuseOptionsAmongTexts(string[] args, ParseResult parsed)
    {
        var spoken = args.TakeWhile(word => word != "--").ToHashSet();
        var texts = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value);
        if (texts.FirstOrDefault(word => LooksLikeOption(word) && spoken.Contains(word)) is not { } stray) return;
        var names = parsed.CommandResult.Command.Options.Select(option => option.Name);
        throw new DllmException(
            $"there is no option {stray}",
            NearestName.Of(OptionName(stray), names) is { } near ? $"did you mean {near}?" : "put -- in front of texts that begin with dashes");
    }

    private static bool LooksLikeOption(string word) => word.Length > 2 && word.StartsWith("--", StringComparison.Ordinal) && char.IsAsciiLetter(word[2]);

    private static string OptionName(string word) => word.Split('=', ':')[0];

    private static RootCommand CreateRoot(Terminal terminal, Interruption interruption)
    {
        var root = new RootCommand("Diffusion language models for .NET: chat with models that write by denoising, sample, infill, train, verify.");
        foreach (var verb in Verbs())
        {
            foreach (var option in verb.Common) verb.Add(option);
            verb.SetAction(parsed => verb.Run(parsed, terminal, interruption));
            Parent(root, verb).Add(verb);
        }

        if (root.Options.OfType<HelpOption>().FirstOrDefault() is { Action: HelpAction help } helpOption)
            helpOption.Action = new HelpWithExamples(help, terminal.OutputIsInteractive ? terminal.Width : 120);
        root.SetAction(parsed => root.Parse("--help").Invoke(parsed.InvocationConfiguration));
        return root;
    }

    private static Command Parent(RootCommand root, Verb verb)
    {
        if (verb.Group is not { } group) return root;
        if (root.Subcommands.FirstOrDefault(command => command.Name == group.Name) is { } known) return known;
        var parent = new Command(group.Name, group.Description);
        root.Add(parent);
        return parent;
    }

    private static bool AsksForHelp(ParseResult parsed) => parsed.Action is { ClearsParseErrors: true };

    private static DllmException Mistake(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string help = command is RootCommand ? "see dllm --help" : $"see dllm {(command is Verb { Group: { } group } ? group.Name + " " : "")}{command.Name} --help";
        if (parsed.UnmatchedTokens.Count == 0) return new DllmException(Terminal.OneLine(parsed.Errors[0].Message).TrimEnd('.'), help);
        string word = parsed.UnmatchedTokens[0];
        bool isOption = word.StartsWith('-');
        var names = isOption ? command.Options.Select(option => option.Name) : command.Subcommands.Select(verb => verb.Name);
        string what = isOption ? $"there is no option {word}" : command is RootCommand ? $"there is no command {word}" : $"'{word}' is not expected here";
        return new DllmException(what, NearestName.Of(OptionName(word), names) is { } near ? $"did you mean {near}?" : help);
    }

    private static int Report(TextWriter error, string message, Exception? shown, int code)
    {
        error.WriteLine($"error: {Terminal.OneLine(message)}");
        if (shown is not null) error.WriteLine(shown);
        return code;
    }

    private static int Report(Terminal terminal, string message, Exception? shown, int code)
    {
        try
        {
            return Report(terminal.Error, message, shown, code);
        }
        catch (IOException)
        {
            return code; // the error stream itself cannot be written: the exit code still tells
        }
    }

    /// <summary>The library's help, then the verb's examples.</summary>
    private sealed class HelpWithExamples(HelpAction help, int width) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            help.MaxWidth = width;
            int code = help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is not Verb { Examples.Count: > 0 } verb) return code;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in verb.Examples) output.WriteLine($"  dllm {example}");
            output.WriteLine();
            return code;
        }
    }
}
