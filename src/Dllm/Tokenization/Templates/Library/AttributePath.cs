using System.Globalization;

namespace Dllm.Tokenization.Templates;

/// <summary>Reads what filters name by <c>attribute='a.b.0'</c>: keys and positions one after the other.</summary>
internal sealed class AttributePath
{
    private readonly List<object?> _parts;
    private readonly object? _otherwise;

    /// <summary>Reads a path.</summary>
    /// <param name="attribute">Text with dots, or a position; null for the item itself.</param>
    /// <param name="otherwise">What stands for a part that is missing; null leaves it undefined.</param>
    public AttributePath(object? attribute, object? otherwise = null)
    {
        _otherwise = otherwise;
        _parts = attribute switch
        {
            null => [],
            string text => [.. text.Split('.').Select(part => part.All(char.IsAsciiDigit) && long.TryParse(part, CultureInfo.InvariantCulture, out var position) ? position : (object)part)],
            _ => [attribute],
        };
    }

    public object? Read(object? item)
    {
        foreach (var part in _parts)
        {
            item = Members.GetItem(item, part);
            if (item is Undefined && _otherwise is not null)
                item = _otherwise;
        }
        return item;
    }

    /// <summary>What sorting and grouping compare: text without regard to case unless asked otherwise.</summary>
    public Func<object?, object?> Key(bool caseSensitive) => item => caseSensitive ? Read(item) : IgnoreCase(Read(item));

    public static object? IgnoreCase(object? value) => value is string text ? PythonCase.Lower(text) : value;
}
