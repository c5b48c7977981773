using System.Text.RegularExpressions;

namespace Dllm.Tokenization.Templates;

/// <summary>
/// Cuts a template into tokens: text outside of tags with the whitespace control of its dialect, for chat templates
/// <c>trim_blocks</c> (the newline after a block or comment goes) and <c>lstrip_blocks</c> (blanks before a block or comment
/// that starts its line go); <c>-</c> strips all whitespace on its side, <c>+</c> turns both rules off.
/// The inside of tags is the <see cref="TagLexer"/>'s.
/// </summary>
internal sealed partial class TemplateLexer
{
    private readonly TemplateSource _source;
    private readonly string _text;
    private readonly List<Token> _tokens = [];

    private TemplateLexer(TemplateSource source)
    {
        _source = source;
        _text = source.Text;
    }

    public static IReadOnlyList<Token> Tokenize(TemplateSource source)
    {
        var lexer = new TemplateLexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    [GeneratedRegex(@"\G\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})")]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\})")]
    private static partial Regex RawEnd();

    private void Run()
    {
        var position = 0;
        while (position < _text.Length)
        {
            var tag = FindTag(position);
            if (tag < 0)
            {
                AddData(position, _text.Length);
                break;
            }
            position = ReadTag(position, tag);
        }
        _tokens.Add(new Token(TokenKind.EndOfTemplate, "", _source.Locate(_text.Length)));
    }

    private int FindTag(int position)
    {
        for (var i = _text.IndexOf('{', position); i >= 0 && i + 1 < _text.Length; i = _text.IndexOf('{', i + 1))
        {
            if (_text[i + 1] is '{' or '%' or '#')
                return i;
        }
        return -1;
    }

    /// <summary>Emits the text before the tag at <paramref name="tag"/> and the tag; returns where the text after it begins.</summary>
    private int ReadTag(int dataStart, int tag)
    {
        var opening = _text[tag + 1];
        var inside = tag + 2;
        var sign = inside < _text.Length && _text[inside] is '-' or '+' ? _text[inside] : '\0';
        AddData(dataStart, EndOfData(dataStart, tag, sign, isVariable: opening == '{'));

        if (opening == '%' && RawBegin().Match(_text, tag) is { Success: true } raw)
            return ReadRaw(tag, tag + raw.Length);
        if (sign != '\0')
            inside++;
        if (opening == '#')
            return SkipComment(tag, inside);

        var isBlock = opening == '%';
        _tokens.Add(new Token(isBlock ? TokenKind.BlockBegin : TokenKind.VariableBegin, isBlock ? "{%" : "{{", _source.Locate(tag)));
        return new TagLexer(_source, isBlock, _tokens).Read(inside);
    }

    /// <summary>Where the text before a tag ends once the tag's whitespace control is applied.</summary>
    private int EndOfData(int start, int tag, char sign, bool isVariable)
    {
        if (sign == '-')
            return start + _text.AsSpan(start, tag - start).TrimEnd(PythonText.Whitespace).Length;
        if (sign == '+' || isVariable || !_source.Dialect.TrimsBlocks)
            return tag;
        var blanks = tag;
        while (blanks > start && _text[blanks - 1] != '\n' && PythonText.IsWhitespace(_text[blanks - 1]))
            blanks--;
        var startsItsLine = blanks == 0 || _text[blanks - 1] == '\n';
        return startsItsLine ? blanks : tag;
    }

    private int SkipComment(int tag, int inside)
    {
        var end = _text.IndexOf("#}", inside, StringComparison.Ordinal);
        if (end < 0)
            throw _source.SyntaxError(tag, "Missing end of comment tag");
        var sign = end > inside ? _text[end - 1] : '\0';
        return sign == '+' ? end + 2 : AfterBlock(_source, end + 2, strip: sign == '-');
    }

    private int ReadRaw(int tag, int inside)
    {
        var end = RawEnd().Match(_text, inside);
        if (!end.Success)
            throw _source.SyntaxError(tag, "Missing end of raw directive");
        var sign = end.Groups[1].Length > 0 ? end.Groups[1].Value[0] : '\0';
        AddData(inside, EndOfData(inside, end.Index, sign, isVariable: false));
        var after = end.Index + end.Length;
        return end.ValueSpan.StartsWith("{%") && end.ValueSpan.EndsWith("%}") && !end.ValueSpan.EndsWith("+%}") && !end.ValueSpan.EndsWith("-%}")
            ? AfterBlock(_source, after, strip: false)
            : after;
    }

    private void AddData(int start, int end)
    {
        if (end > start)
            _tokens.Add(new Token(TokenKind.Data, _text[start..end], _source.Locate(start)));
    }

    /// <summary>Where the text goes on after a block or comment: past all whitespace, or past one newline where the dialect trims it.</summary>
    internal static int AfterBlock(TemplateSource source, int position, bool strip)
    {
        var text = source.Text;
        if (!strip)
            return source.Dialect.TrimsBlocks && position < text.Length && text[position] == '\n' ? position + 1 : position;
        while (position < text.Length && PythonText.IsWhitespace(text[position]))
            position++;
        return position;
    }
}
