using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Dllm.Evaluation.Tasks;

/// <summary>The names in a YAML file, read without building its tree: a folder of the harness has thousands of files.</summary>
/// <param name="Name">The group's name, otherwise the task's; null when the file is only for including.</param>
/// <param name="Tags">The task's tags.</param>
/// <param name="IsYaml">Whether the file could be read.</param>
internal sealed record TaskHeads(string? Name, IReadOnlyList<string> Tags, bool IsYaml)
{
    public static TaskHeads Read(TextReader reader)
    {
        string? task = null, group = null;
        var tags = new List<string>();
        var hasTaskList = false;
        try
        {
            var parser = new Parser(reader);
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _) || !parser.TryConsume<MappingStart>(out _)) return new TaskHeads(null, [], true);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = parser.TryConsume<Scalar>(out var scalar) ? scalar.Value : "";
                if (key.Length > 0 && key is "task" or "group" && parser.TryConsume<Scalar>(out var name))
                {
                    if (key == "task") task = name.Value;
                    else group = name.Value;
                }
                else if (key is "tag")
                {
                    ReadTags(parser, tags);
                }
                else
                {
                    hasTaskList |= key == "task";
                    parser.SkipThisAndNestedEvents();
                }
            }
        }
        catch (YamlException)
        {
            return new TaskHeads(task ?? group, tags, IsYaml: false);
        }

        return new TaskHeads(hasTaskList ? group : task ?? group, tags, IsYaml: true);
    }

    private static void ReadTags(IParser parser, List<string> tags)
    {
        if (parser.TryConsume<Scalar>(out var one))
        {
            tags.Add(one.Value);
            return;
        }

        if (!parser.TryConsume<SequenceStart>(out _))
        {
            parser.SkipThisAndNestedEvents();
            return;
        }

        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            if (parser.TryConsume<Scalar>(out var item)) tags.Add(item.Value);
            else parser.SkipThisAndNestedEvents();
        }
    }
}
