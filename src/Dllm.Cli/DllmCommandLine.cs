using System.CommandLine;
using System.CommandLine.Help;
using Dllm.Cli.Commands;
using Dllm.Cli.Help;
using Dllm.Cli.Recipes;

namespace Dllm.Cli;

/// <summary>
/// The <c>dllm</c> command line: the table of verbs, and the one edge where exceptions become messages and exit codes. 0: done; 1: what was
/// checked does not hold, or an unexpected error; 2: the user's mistake, one line on the error stream; 129, 130, 143: ended by a closed
/// terminal, by Ctrl-C, by a kill; 141: nobody reads the output any more.
/// </summary>
internal static class DllmCommandLine
{
    private const int NarrowestHelp = 60;
    private const int WidestHelp = 100;

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
            return code == Interruption.ExitCode ? interruption.Code : code;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            terminal.Error.WriteLine("interrupted");
            return interruption.Code;
        }
        catch (OutputClosedException)
        {
            return ClosedPipe.ExitCode;
        }
        catch (Exception e) when (e is DllmException or IOException or UnauthorizedAccessException)
        {
            string said = e is UnauthorizedAccessException ? $"{e.Message.TrimEnd('.')}; check who may read and write it" : e.Message;
            return Report(terminal, said, debug ? e : null, 2);
        }
        catch (Exception e) when (MemoryShortage.Explain(e) is { } told)
        {
            return Report(terminal, told, debug ? e : null, 2);
        }
        catch (Exception e)
        {
            // The edge of the program: nothing may leave it as a raw stack trace.
            string hint = debug ? "" : "; this is a defect of dllm: run again with --debug to see where";
            string said = MemoryShortage.WithoutNativeStack(e.Message);
            return Report(terminal, $"unexpected {e.GetType().Name}: {said}{hint}", debug ? e : null, 1);
        }
    }

    private static int Dispatch(string[] args, Terminal terminal, Interruption interruption)
    {
        var parsed = Parse(args, terminal, interruption);
        terminal.Wording = text => OptionNames.AsFlags(text, parsed.CommandResult.Command);
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
        var parsed = root.Parse(args, Syntax);
        if (parsed.CommandResult.Command is Verb { Recipe: { } option } verb && parsed.GetValue(option) is { } path && !AsksForHelp(parsed))
            parsed = root.Parse(RecipeExpansion.Expand(args, Recipes.Recipe.Read(path), verb, parsed), Syntax);

        CommandLineMistakes.Check(args, parsed, AsksForHelp(parsed));
        return parsed;
    }

    // A prompt may begin with an at sign, and letters with one dash are no options.
    private static readonly ParserConfiguration Syntax = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    private static RootCommand CreateRoot(Terminal terminal, Interruption interruption)
    {
        var root = new RootCommand("Diffusion language models for .NET: chat with models that write by denoising, sample, infill, train, verify.");
        foreach (var verb in Verbs())
        {
            verb.AddCommon();
            verb.SetAction(parsed => verb.Run(parsed, terminal, interruption));
            Parent(root, verb).Add(verb);
        }

        int width = terminal.OutputIsInteractive ? Math.Clamp(terminal.Width, NarrowestHelp, WidestHelp) : WidestHelp;
        foreach (var known in root.Options.Where(option => option is HelpOption or VersionOption).ToList()) root.Options.Remove(known);
        root.Add(new HelpOption("--help", "-h") { Description = "Show this page", Action = new HelpPage(width, showsAll: false) });
        root.Add(new HelpOption(HelpPage.AllOption) { Description = "Show the options of all samplers too", Action = new HelpPage(width, showsAll: true) });
        root.Add(new VersionOption("--version") { Description = "Show the versions of dllm and of what it runs on", Action = new VersionReport() });
        root.Add(HelpCommand(root));
        var version = new Command("version", "Shows the versions of dllm and of what it runs on.");
        version.SetAction(parsed => new VersionReport().Invoke(parsed));
        root.Add(version);
        root.SetAction(parsed => new HelpPage(width, showsAll: false).Invoke(parsed));
        return root;
    }

    private static Command HelpCommand(RootCommand root)
    {
        var names = new Argument<string[]>("COMMAND") { Description = "The command to explain.", Arity = ArgumentArity.ZeroOrMore };
        var help = new Command("help", "Explains a command: the same as --help after it.") { names };
        help.SetAction(parsed =>
        {
            string[] asked = [.. parsed.GetValue(names) ?? [], "--help"];
            var page = root.Parse(asked, Syntax);
            CommandLineMistakes.Check(asked, page, isHelp: true);
            return page.Invoke(parsed.InvocationConfiguration);
        });
        return help;
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

    private static int Report(Terminal terminal, string message, Exception? shown, int code)
    {
        try
        {
            terminal.Fail(message);
            if (shown is not null) terminal.Error.WriteLine(shown);
        }
        catch (IOException)
        {
            // the error stream itself cannot be written: the exit code still tells
        }

        return code;
    }
}
