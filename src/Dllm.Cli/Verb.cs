using System.CommandLine;
using Dllm.Cli.Help;
using Dllm.Cli.Options;

namespace Dllm.Cli;

/// <summary>A subcommand: options, a description, examples for its help, and what it does.</summary>
internal abstract class Verb : Command
{
    /// <summary>Names the verb.</summary>
    /// <param name="name">What the user types.</param>
    /// <param name="description">One or two sentences for the help.</param>
    /// <param name="examples">Command lines for the end of the help, without <c>dllm</c>.</param>
    protected Verb(string name, string description, params string[] examples)
        : base(name, description)
    {
        Examples = examples;
    }

    /// <summary>Command lines for the end of the help.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>What every verb understands.</summary>
    public CommonOptions Common { get; } = new();

    /// <summary>The command that this one stands below, with its description; null for a command of the first level.</summary>
    public virtual (string Name, string Description)? Group => null;

    /// <summary>Where option values may come from besides the command line; null: nowhere.</summary>
    public Option<string?>? Recipe { get; private set; }

    /// <summary>The options of its samplers; null where it has none.</summary>
    public virtual SamplerOptionGroup? Sampler => null;

    /// <summary>Does the work.</summary>
    /// <returns>The exit code: 0, or 1 where what was checked does not hold.</returns>
    /// <exception cref="DllmException">The user asked for something impossible; exit code 2.</exception>
    public abstract int Run(ParseResult parsed, Terminal terminal, Interruption interruption);

    /// <summary>Adds what every verb understands.</summary>
    public void AddCommon() => Add(Common, HelpGroup.Model);

    /// <summary>Adds options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="group">Where the help shows those that say nothing of that themselves.</param>
    protected void Add(IEnumerable<Option> options, HelpGroup group = HelpGroup.Usual)
    {
        foreach (var option in options) Add(option.In(group));
    }

    /// <summary>Lets a YAML file give the options.</summary>
    protected void AddRecipe()
    {
        Recipe = CliOption.Text("--recipe", "A YAML file with options of this command by name; what the command line says wins", "FILE").In(HelpGroup.Advanced);
        Add(Recipe);
    }
}
