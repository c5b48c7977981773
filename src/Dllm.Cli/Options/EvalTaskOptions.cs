using System.Collections;
using System.CommandLine;
using Dllm.Cli.Help;
using Dllm.Evaluation.Running;
using Dllm.Evaluation.Tasks;
using Dllm.Tokenization;

namespace Dllm.Cli.Options;

/// <summary>Which tasks are asked, with which prompts, on which documents.</summary>
internal sealed class EvalTaskOptions : IEnumerable<Option>
{
    private readonly Option<string?> _tasks = CliOption.Text(
        "--tasks", "Tasks, groups and tags with commas between; * stands for any letters: see dllm eval list", "NAME,…").In(HelpGroup.Usual);

    private readonly Option<string?> _dataDir = CliOption.Path(
        "--data-dir", "A folder of data sets: where --data-map says, else DATASET[/NAME]/SPLIT.jsonl (or .parquet, .csv, …)", "DIR").In(HelpGroup.Usual);

    private readonly Option<string?> _dataMap = CliOption.Path(
        "--data-map", "A YAML file that says which file of --data-dir holds which split", "FILE");

    private readonly Option<double?> _limit = CliOption.OptionalNumber(
        "--limit", "Ask about the first documents of each task only: a number of them, or below 1 a share").In(HelpGroup.Usual);

    private readonly Option<int?> _numFewshot = CliOption.OptionalInteger(
        "--num-fewshot", "Examples in a prompt; what the task says unless given").In(HelpGroup.Usual);

    private readonly Option<bool> _applyChatTemplate = CliOption.Switch(
        "--apply-chat-template", "Put prompts into the model's chat template").In(HelpGroup.Usual);

    private readonly Option<bool> _fewshotAsMultiturn = CliOption.Switch(
        "--fewshot-as-multiturn", "With the chat template: every example is a turn of the conversation");

    private readonly Option<string?> _systemInstruction = CliOption.Text(
        "--system-instruction", "A text in front of every prompt; a system message with the chat template", "TEXT");

    private readonly Option<int> _fewshotSeed = CliOption.Integer("--fewshot-seed", "Seed of the draws of examples", new PromptOptions().FewshotSeed).In(HelpGroup.Advanced);

    private readonly Option<int> _bootstrapIters = CliOption.Integer(
        "--bootstrap-iters", "Draws of a bootstrapped standard error; 0 leaves it out", new EvalOptions().BootstrapIterations).In(HelpGroup.Advanced);

    private readonly Option<string> _release = CliOption.Choice(
        "--harness-release", "Whose prompts: those of lm-evaluation-harness's main branch, or of its release 0.4.9.1", "main", "main", "0.4.9.1").In(HelpGroup.Advanced);

    private readonly Option<string?> _shard = CliOption.Text("--shard", "Which part of the documents to ask about, such as 2/8; dllm eval merge joins them", "I/N");

    /// <summary>Folders of further tasks.</summary>
    public Option<string[]> IncludePath { get; } = IncludePathOption();

    /// <summary>The option <c>--include-path</c>.</summary>
    public static Option<string[]> IncludePathOption() => CliOption.Words(
        "--include-path", "Folders of further task files (the harness's YAML), with commas between; they win over those that ship with dLLM", "DIR,…");

    /// <summary>All tasks there are; files of the folders that cannot be read are warned of.</summary>
    public static TaskLibrary Open(IReadOnlyList<string> includePaths, Terminal terminal)
    {
        const int Shown = 10;
        var library = TaskLibrary.Open(includePaths);
        foreach (string fault in library.Faults.Take(Shown)) terminal.Warn($"a file of tasks is left out: {fault}");
        if (library.Faults.Count > Shown) terminal.Warn($"and {library.Faults.Count - Shown} more files of tasks are left out");
        return library;
    }

    /// <summary>The tasks that were named.</summary>
    /// <exception cref="DllmException">None is named, a name is unknown, or a file cannot be read.</exception>
    public TaskSelection Select(ParseResult parsed, Terminal terminal)
    {
        string names = parsed.GetValue(_tasks) ?? throw new DllmException("no task is named", "give --tasks, such as --tasks gsm8k,hellaswag; dllm eval list names them all");
        var selection = Open(parsed.GetValue(IncludePath) ?? [], terminal).Select(names);
        return parsed.GetValue(_release) == "main" ? selection : selection with { Tasks = [.. selection.Tasks.Select(task => task.ForRelease0491())] };
    }

    /// <summary>Reads the tasks' documents.</summary>
    /// <exception cref="DllmException">They are not there, or do not fit.</exception>
    /// <param name="parsed">The command line.</param>
    /// <param name="selection">The tasks.</param>
    /// <param name="options">What is asked of them.</param>
    /// <param name="hub">Asked for what the folder of data does not have.</param>
    public IReadOnlyList<EvalTask> Load(ParseResult parsed, TaskSelection selection, EvalOptions options, ITaskData hub)
    {
        ITaskData data = Data(parsed, hub);
        return [.. selection.Tasks.Select(task => EvalTask.Load(task, data, needsExamples: (options.Prompt.NumFewshot ?? task.NumFewshot ?? 0) > 0))];
    }

    /// <summary>What is asked, and how.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="chat">The model's chat markup, or null where it has none.</param>
    /// <exception cref="DllmException">An option is out of range, or the chat template is asked for and there is none.</exception>
    public EvalOptions Read(ParseResult parsed, Func<ChatFormatter>? chat)
    {
        bool applies = AppliesChatTemplate(parsed);
        if (applies && chat is null) throw new DllmException("--apply-chat-template is given, but the model has no chat template", "give --chat-template FILE, or leave it out");
        var options = new EvalOptions
        {
            Limit = parsed.GetValue(_limit),
            Shard = parsed.GetValue(_shard) is { } shard ? Shard.Parse(shard) : Shard.Whole,
            BootstrapIterations = parsed.GetValue(_bootstrapIters),
            Prompt = new PromptOptions
            {
                NumFewshot = parsed.GetValue(_numFewshot),
                Chat = applies ? chat!() : null,
                FewshotAsMultiturn = parsed.GetValue(_fewshotAsMultiturn),
                SystemInstruction = parsed.GetValue(_systemInstruction),
                FewshotSeed = parsed.GetValue(_fewshotSeed),
            },
        };
        options.Validate();
        return options;
    }

    /// <summary>Whether prompts are put into the chat template.</summary>
    public bool AppliesChatTemplate(ParseResult parsed) => parsed.GetValue(_applyChatTemplate);

    /// <summary>Checks what can be checked without a model.</summary>
    /// <exception cref="DllmException">An option is out of range.</exception>
    public EvalOptions Check(ParseResult parsed) => Read(parsed, () => (_, _) => new RenderedChat("", []));

    /// <summary>The settings for a report, by name.</summary>
    public IEnumerable<KeyValuePair<string, string>> Describe(ParseResult parsed) =>
        this.Where(option => option != _shard).Select(option => KeyValuePair.Create(
            option.Name[2..], parsed.Shown(option) ?? (option == _numFewshot ? "as each task says" : "none")));

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator()
    {
        yield return _tasks;
        yield return IncludePath;
        yield return _dataDir;
        yield return _dataMap;
        yield return _limit;
        yield return _numFewshot;
        yield return _applyChatTemplate;
        yield return _fewshotAsMultiturn;
        yield return _systemInstruction;
        yield return _fewshotSeed;
        yield return _release;
        yield return _bootstrapIters;
        yield return _shard;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private LocalTaskData Data(ParseResult parsed, ITaskData hub)
    {
        string? folder = parsed.GetValue(_dataDir), map = parsed.GetValue(_dataMap);
        if (folder is not null && !Directory.Exists(folder)) throw new DllmException($"the folder of data '{folder}' does not exist", "give --data-dir with a folder of data sets");
        if (folder is not null) HubOptionGroup.CheckReadable(folder);
        return new LocalTaskData(folder ?? "data", map is null ? null : DataMap.Open(map), folder is null && map is null ? hub : null);
    }
}
