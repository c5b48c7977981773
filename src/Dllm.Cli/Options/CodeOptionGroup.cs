using System.Collections;
using System.CommandLine;
using Dllm.Evaluation.Execution;
using Dllm.Evaluation.Tasks;

namespace Dllm.Cli.Options;

/// <summary>Whether and how programs that a model wrote are run.</summary>
internal sealed class CodeOptionGroup : IEnumerable<Option>
{
    private readonly Option<bool> _allow = CliOption.Switch(
        "--allow-code-execution", "Run the programs that the model writes (humaneval, mbpp), each shut off in a process of its own");

    private readonly Option<string?> _python = CliOption.Text("--python", "The Python 3 that runs them; python3 on the path unless given", "FILE");

    private readonly Option<double> _timeout = CliOption.Number(
        "--code-timeout", "Seconds that a program may take", new CodeExecutionOptions().TimeoutSeconds, least: 0.1, most: 3600);

    /// <summary>What runs programs; null where the tasks have none.</summary>
    /// <exception cref="DllmException">A task has, and it is not allowed, or there is no Python.</exception>
    public SandboxedPython? Open(ParseResult parsed, TaskSelection selection, Terminal terminal)
    {
        if (selection.Tasks.FirstOrDefault(task => task.RunsCode) is not { } task) return null;
        if (!parsed.GetValue(_allow))
        {
            throw new DllmException(
                $"the task {task.Name} runs programs that the model writes", "allow it with --allow-code-execution: each is shut off in a process of its own");
        }

        var executor = new SandboxedPython(new CodeExecutionOptions { Python = parsed.GetValue(_python), TimeoutSeconds = parsed.GetValue(_timeout) });
        terminal.Error.WriteLine($"programs are run by {executor.Isolation}");
        return executor;
    }

    /// <summary>The settings for a report, by name.</summary>
    public IEnumerable<KeyValuePair<string, string>> Describe(SandboxedPython? executor) =>
        executor is null ? [] : [new("code execution", executor.Isolation)];

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => ((IEnumerable<Option>)[_allow, _python, _timeout]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
