using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>Filters that give text.</summary>
internal static class TextFilters
{
    public static FunctionTable Table { get; } = new FunctionTable()
        .Add("string", ["value"], a => PythonText.Str(a[0]))
        .Add("safe", ["value"], a => PythonText.Str(a[0]))
        .Add("upper", ["value"], a => PythonCase.Upper(PythonText.Str(a[0])))
        .Add("lower", ["value"], a => PythonCase.Lower(PythonText.Str(a[0])))
        .Add("capitalize", ["value"], a => PythonCase.Capitalize(PythonText.Str(a[0])))
        .Add("title", ["value"], a => Title(PythonText.Str(a[0])))
        .Add("trim", ["value", "chars?"], a => StringMethods.Strip(PythonText.Str(a[0]), a.OptionalText(1), atStart: true, atEnd: true))
        .Add("center", ["value", "width?"], (context, a) => StringMethods.Pad(context, PythonText.Str(a[0]), a.Integer(1, 80), " ", 0.5))
        .Add("replace", ["s", "old", "new", "count?"], (context, a) =>
            StringMethods.Replace(context, PythonText.Str(a[0]), PythonText.Str(a[1]), PythonText.Str(a[2]), a.Integer(3, -1)))
        .Add("regex_replace", ["string", "pattern", "repl", "count?"], (context, a) => TextRegex.Replace(context, a.Text(0), a.Text(1), a.Text(2), a.Integer(3, 0)))
        .Add("escape", ["value"], a => Escape(PythonText.Str(a[0])))
        .Alias("e", "escape")
        .Alias("forceescape", "escape")
        .Add("indent", ["s", "width?", "first?", "blank?"], Indent)
        .Add("truncate", ["s", "length?", "killwords?", "end?", "leeway?"], Truncate)
        .Add("wordcount", ["s"], a => WordCount(PythonText.Str(a[0])))
        .Add("tojson", ["x", "ensure_ascii?", "indent?", "separators?", "sort_keys?"], JsonText.Write)
        .AddVariadic("format", Format);

    private static string Escape(string text) => text
        .Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("'", "&#39;").Replace("\"", "&#34;");

    /// <summary>Unlike <c>str.title</c>, words begin only after blanks, hyphens and opening brackets.</summary>
    private static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            var isSeparator = i < text.Length && ("-({[<".Contains(text[i]) || PythonText.IsWhitespace(text[i]));
            if (i < text.Length && !isSeparator)
                continue;
            var word = text[start..i];
            result.Append(word.Length == 0 ? "" : PythonCase.Upper(word[..1]) + PythonCase.Lower(word[1..]));
            if (isSeparator)
                result.Append(text[i]);
            start = i + 1;
        }
        return result.ToString();
    }

    private static object? Indent(RenderContext context, BoundArguments arguments)
    {
        if (arguments[0] is not string text)
        {
            throw arguments[0] is Undefined undefined
                ? undefined.Fault()
                : TemplateFault.Type($"indent expects a string, not {PythonText.TypeName(arguments[0])}");
        }
        var lines = StringSplitting.SplitLines(text + "\n", keepEnds: false);
        if (arguments[1] is not string indentation)
        {
            var width = Math.Max(0, arguments.Integer(1, 4));
            context.Spend(width);
            indentation = new string(' ', width);
        }
        context.Spend(indentation.Length * (long)lines.Count);
        var withBlank = arguments.Truth(3);
        var result = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = (string)lines[i]!;
            var isIndented = i == 0 ? arguments.Truth(2) : withBlank || line.Length > 0;
            result.Append(i > 0 ? "\n" : "").Append(isIndented ? indentation : "").Append(line);
        }
        return result.ToString();
    }

    private static object? Truncate(BoundArguments arguments)
    {
        var end = arguments.OptionalText(3) ?? "...";
        var length = arguments.Integer(1, 255) - CodePoints.Count(end);
        if (length < 0 || arguments.Integer(4, 5) < 0)
            throw TemplateFault.Value($"truncate needs room for its end of {CodePoints.Count(end)} characters");
        if (Iteration.Count(arguments[0]) <= arguments.Integer(1, 255) + (long)arguments.Integer(4, 5))
            return arguments[0];
        var text = arguments.Text(0);
        var cut = text[..CodePoints.ToUnits(text, length)];
        return (arguments.Truth(2) ? cut : (string)StringSplitting.SplitFromEnd(cut, " ", 1)[0]!) + end;
    }

    private static object? WordCount(string text)
    {
        var count = 0L;
        var inWord = false;
        for (var i = 0; i < text.Length; i++)
        {
            var isWord = CharacterClasses.IsWordCharacter(CodePoints.At(text, ref i));
            if (isWord && !inWord)
                count++;
            inWord = isWord;
        }
        return count;
    }

    private static object? Format(RenderContext context, CallArguments arguments)
    {
        var values = arguments.Skip(1);
        if (values.Positional.Count > 0 && values.Named.Count > 0)
            throw TemplateFault.Type("can't handle positional and keyword arguments at the same time");
        var format = PythonText.Str(arguments.Positional[0]);
        if (values.Named.Count == 0)
            return PercentFormat.Format(context, format, new TupleValue(values.Positional));
        var dict = new DictValue();
        foreach (var (name, value) in values.Named)
            dict.Set(name, value);
        return PercentFormat.Format(context, format, dict);
    }
}
