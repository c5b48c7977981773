using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Dllm;

/// <summary>Makes a tree of a parser's events, counting before anything grows.</summary>
internal sealed class YamlBuilder(string path, IParser parser)
{
    private const int LettersPerValue = 64;

    private readonly Dictionary<AnchorName, YamlNode?> _anchors = []; // null while the node is being read
    private int _values;
    private int _levels;

    public YamlNode? Read()
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _)) return null;
        var root = Node();
        parser.Consume<DocumentEnd>();
        if (parser.TryConsume<DocumentStart>(out var second))
            throw Fault(second.Start, "a second document begins", "write one document a file");
        return root is YamlScalar { Text.Length: 0, IsPlain: true } ? null : root;
    }

    private YamlNode Node()
    {
        if (parser.TryConsume<AnchorAlias>(out var alias)) return Repeated(alias);
        var start = parser.Consume<NodeEvent>();
        if (!start.Anchor.IsEmpty) _anchors[start.Anchor] = null;
        if (++_levels > YamlText.MostLevels) throw TooDeep(start.Start);
        string? tag = start.Tag is { IsEmpty: false, IsLocal: true } own ? own.Value : null;
        int line = (int)start.Start.Line;
        YamlNode node = start switch
        {
            Scalar scalar => new YamlScalar(line, tag, scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty) { Size = 1 + (scalar.Value.Length / LettersPerValue) },
            SequenceStart => List(line, tag),
            _ => Map(line, tag),
        };
        _levels--;
        Count(node is YamlScalar ? node.Size : 1, start.Start);
        if (!start.Anchor.IsEmpty) _anchors[start.Anchor] = node;
        return node;
    }

    private YamlList List(int line, string? tag)
    {
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Node());
        return new YamlList(line, tag, items) { Size = 1 + items.Sum(item => item.Size), Depth = 1 + items.Select(item => item.Depth).DefaultIfEmpty().Max() };
    }

    private YamlMap Map(int line, string? tag)
    {
        var pairs = new List<(YamlScalar Key, YamlNode Value)>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var place = parser.Current!.Start;
            pairs.Add((Node() as YamlScalar ?? throw Fault(place, "a key is no text", "write lines such as 'name: value'"), Node()));
        }

        return new YamlMap(line, tag, pairs)
        {
            Size = 1 + pairs.Sum(pair => pair.Key.Size + pair.Value.Size),
            Depth = 1 + pairs.Select(pair => pair.Value.Depth).DefaultIfEmpty().Max(),
        };
    }

    private YamlNode Repeated(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value, out var known)) throw Fault(alias.Start, $"nothing is named '&{alias.Value}' before '*{alias.Value}'");
        if (known is null) throw Fault(alias.Start, $"'&{alias.Value}' holds itself");
        Count(known.Size, alias.Start);
        return _levels + known.Depth > YamlText.MostLevels ? throw TooDeep(alias.Start) : known;
    }

    private void Count(int more, Mark place)
    {
        _values += more;
        if (_values > YamlText.MostValues)
            throw Fault(place, $"there are more than {YamlText.MostValues:N0} values, repetitions by '*' and long texts counted");
    }

    private DllmException TooDeep(Mark place) => Fault(place, $"lists and mappings lie in each other more than {YamlText.MostLevels} levels deep");

    private DllmException Fault(Mark place, string what, string? remedy = null) => new($"{path}, line {place.Line}: {what}", remedy);
}
