using System.CommandLine;
using Dllm.Cli.Options;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm eval list</c>: the tasks there are.</summary>
internal sealed class EvalListCommand : Verb
{
    private readonly Argument<string> _pattern = new("PATTERN")
    {
        Description = "Names with commas between; * stands for any letters.",
        DefaultValueFactory = _ => "*",
    };

    private readonly Option<string[]> _includePath = EvalTaskOptions.IncludePathOption();

    /// <summary>Makes the verb.</summary>
    public EvalListCommand()
        : base("list", "Lists the tasks, groups and tags that dllm eval knows.", "eval list", "eval list \"mmlu*\" --include-path my-tasks")
    {
        Add(_pattern);
        Add(_includePath);
    }

    /// <inheritdoc/>
    public override (string Name, string Description)? Group => EvalCommand.Parent;

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        var library = EvalTaskOptions.Open(parsed.GetValue(_includePath) ?? [], terminal);
        foreach (string name in library.Matching(parsed.GetRequiredValue(_pattern)))
            terminal.Output.WriteLine(name);
        return 0;
    }
}
