namespace Dllm.Tokenization.Templates;

/// <summary>
/// A template's text with line ends made "\n" and one trailing newline dropped, as the reference's environment reads it
/// unless its dialect keeps that newline.
/// </summary>
internal sealed class TemplateSource
{
    private readonly List<int> _lineStarts = [0];

    public TemplateSource(string source, TemplateDialect dialect)
    {
        Dialect = dialect;
        Text = source.Replace("\r\n", "\n").Replace('\r', '\n');
        if (!dialect.KeepsTrailingNewline && Text.EndsWith('\n'))
            Text = Text[..^1];
        for (var i = 0; i < Text.Length; i++)
        {
            if (Text[i] == '\n')
                _lineStarts.Add(i + 1);
        }
    }

    public string Text { get; }

    public TemplateDialect Dialect { get; }

    public SourcePosition Locate(int offset)
    {
        var index = _lineStarts.BinarySearch(offset);
        var line = index >= 0 ? index : ~index - 1;
        return new SourcePosition(line + 1, offset - _lineStarts[line] + 1);
    }

    public TemplateFault SyntaxError(int offset, string message) => TemplateFault.Syntax(message, Locate(offset));
}
