using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Dllm.Evaluation.Tasks;

/// <summary>The names in a YAML file, read without building its tree: a folder of the harness has thousands of files.</summary>
/// <param name="Task">The task's name, or null.</param>
/// <param name="Group">The group's name, or null.</param>
/// <param name="Tags">The task's tags; null where the file says nothing.</param>
/// <param name="Includes">The files that it includes, as written.</param>
/// <param name="ListsTasks">Whether <c>task</c> is a list, as a group's; null where the file says nothing.</param>
/// <param name="IsYaml">Whether the file could be read.</param>
internal sealed record TaskHeads(
    string? Task, string? Group, IReadOnlyList<string>? Tags, IReadOnlyList<string> Includes, bool? ListsTasks, bool IsYaml)
{
    /// <summary>Whether the file is a family of tasks (<see cref="TaskVariants"/>).</summary>
    public bool HasVariants { get; private init; }

    /// <summary>The group's name, otherwise the task's; null when the file is only for including.</summary>
    public string? Name => ListsTasks == true ? Group : Task ?? Group;

    /// <summary>Reads a file's text.</summary>
    public static TaskHeads Read(string text)
    {
        var heads = new TaskHeads(null, null, null, [], null, IsYaml: true);
        while (true)
        {
            try
            {
                var parser = new Parser(new StringReader(text));
                parser.Consume<StreamStart>();
                if (!parser.TryConsume<DocumentStart>(out _) || !parser.TryConsume<MappingStart>(out _)) return heads;
                while (!parser.TryConsume<MappingEnd>(out _)) heads = heads.With(parser, parser.TryConsume<Scalar>(out var key) ? key.Value : "");
                return heads;
            }
            catch (YamlException e)
            {
                if (TaskYamlReader.Repaired(text, e) is not { } repaired) return heads with { IsYaml = false };
                text = repaired;
            }
        }
    }

    /// <summary>These names over those of a file that is included.</summary>
    public TaskHeads Over(TaskHeads included) => this with
    {
        Task = ListsTasks is null ? included.Task : Task,
        ListsTasks = ListsTasks ?? included.ListsTasks,
        Group = Group ?? included.Group,
        Tags = Tags ?? included.Tags,
        HasVariants = HasVariants || included.HasVariants,
    };

    private TaskHeads With(Parser parser, string key)
    {
        switch (key)
        {
            case "task":
                bool isName = parser.Accept<Scalar>(out var name);
                parser.SkipThisAndNestedEvents();
                return this with { Task = isName ? name!.Value : null, ListsTasks = !isName };
            case "group":
                var group = parser.Accept<Scalar>(out var title) ? title.Value : null;
                parser.SkipThisAndNestedEvents();
                return this with { Group = group };
            case "tag":
                return this with { Tags = Texts(parser) };
            case "include":
                return this with { Includes = Texts(parser) };
            case TaskVariants.Key:
                parser.SkipThisAndNestedEvents();
                return this with { HasVariants = true };
            default:
                parser.SkipThisAndNestedEvents();
                return this;
        }
    }

    private static List<string> Texts(Parser parser)
    {
        var texts = new List<string>();
        if (parser.TryConsume<Scalar>(out var one))
        {
            if (one.Value.Length > 0) texts.Add(one.Value);
            return texts;
        }

        if (!parser.TryConsume<SequenceStart>(out _))
        {
            parser.SkipThisAndNestedEvents();
            return texts;
        }

        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            if (parser.TryConsume<Scalar>(out var item)) texts.Add(item.Value);
            else parser.SkipThisAndNestedEvents();
        }

        return texts;
    }
}
