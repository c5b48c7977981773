using System.CommandLine;
using System.Runtime.CompilerServices;

namespace Dllm.Cli.Help;

/// <summary>The groups that a help page shows options in, in this order.</summary>
internal enum HelpGroup
{
    /// <summary>What most users need.</summary>
    Usual,

    /// <summary>What the model learns from.</summary>
    Data,

    /// <summary>How it learns.</summary>
    Training,

    /// <summary>What it minimises.</summary>
    Objective,

    /// <summary>When it is saved, evaluated and reported on.</summary>
    Checkpoints,

    /// <summary>Which questions are asked, and how.</summary>
    Tasks,

    /// <summary>How likelihoods are computed.</summary>
    Likelihoods,

    /// <summary>How text is written, by one sampler or another.</summary>
    Sampler,

    /// <summary>What computes, in which numbers, where.</summary>
    Model,

    /// <summary>What is written where.</summary>
    Output,

    /// <summary>What few users need.</summary>
    Advanced,
}

/// <summary>Which group an option is in.</summary>
internal static class HelpGroups
{
    private static readonly ConditionalWeakTable<Option, object> Known = [];

    /// <summary>The line over a group.</summary>
    public static string Heading(this HelpGroup group) => group switch
    {
        HelpGroup.Usual => "Options",
        HelpGroup.Objective => "Loss and noise",
        HelpGroup.Checkpoints => "Logs, evaluation and checkpoints",
        HelpGroup.Tasks => "Tasks and prompts",
        HelpGroup.Model => "Model and hardware",
        _ => group.ToString(),
    };

    /// <summary>Puts an option into a group, unless it is in one.</summary>
    public static T In<T>(this T option, HelpGroup group)
        where T : Option
    {
        Known.TryAdd(option, group);
        return option;
    }

    /// <summary>The group of an option.</summary>
    public static HelpGroup GroupOf(Option option) => Known.TryGetValue(option, out object? group) ? (HelpGroup)group : HelpGroup.Usual;
}
