namespace Dllm.Tokenization.Templates;

/// <summary>The methods of Python's <c>str</c>; positions and widths count code points.</summary>
internal static class StringMethods
{
    private static readonly MethodTable<string> Table = new MethodTable<string>()
        .Add("strip", ["chars?"], (text, a) => Strip(text, a.OptionalText(0), atStart: true, atEnd: true))
        .Add("lstrip", ["chars?"], (text, a) => Strip(text, a.OptionalText(0), atStart: true, atEnd: false))
        .Add("rstrip", ["chars?"], (text, a) => Strip(text, a.OptionalText(0), atStart: false, atEnd: true))
        .Add("upper", PythonCase.Upper)
        .Add("lower", PythonCase.Lower)
        .Add("casefold", PythonCase.Fold)
        .Add("capitalize", PythonCase.Capitalize)
        .Add("title", PythonCase.Title)
        .Add("swapcase", PythonCase.SwapCase)
        .Add("startswith", ["prefix", "start?", "end?"], (text, a) => HasAffix(text, a, (part, affix) => part.StartsWith(affix, StringComparison.Ordinal)))
        .Add("endswith", ["suffix", "start?", "end?"], (text, a) => HasAffix(text, a, (part, affix) => part.EndsWith(affix, StringComparison.Ordinal)))
        .Add("removeprefix", ["prefix"], (text, a) => text.StartsWith(a.Text(0), StringComparison.Ordinal) ? text[a.Text(0).Length..] : text)
        .Add("removesuffix", ["suffix"], (text, a) => text.EndsWith(a.Text(0), StringComparison.Ordinal) ? text[..^a.Text(0).Length] : text)
        .Add("replace", ["old", "new", "count?"], (text, context, a) => Replace(context, text, a.Text(0), a.Text(1), a.Integer(2, -1)))
        .Add("split", ["sep?", "maxsplit?"], (text, a) => new ListValue(StringSplitting.Split(text, a.OptionalText(0), a.Integer(1, -1))))
        .Add("rsplit", ["sep?", "maxsplit?"], (text, a) => new ListValue(StringSplitting.SplitFromEnd(text, a.OptionalText(0), a.Integer(1, -1))))
        .Add("splitlines", ["keepends?"], (text, a) => new ListValue(StringSplitting.SplitLines(text, a.Truth(0))))
        .Add("partition", ["sep"], (text, a) => StringSplitting.Partition(text, a.Text(0), fromEnd: false))
        .Add("rpartition", ["sep"], (text, a) => StringSplitting.Partition(text, a.Text(0), fromEnd: true))
        .Add("join", ["iterable"], (text, context, a) => Join(context, text, Iteration.Enumerate(a[0])))
        .Add("find", ["sub", "start?", "end?"], (text, a) => IndexOf(text, a, fromEnd: false))
        .Add("rfind", ["sub", "start?", "end?"], (text, a) => IndexOf(text, a, fromEnd: true))
        .Add("index", ["sub", "start?", "end?"], (text, a) => Found(IndexOf(text, a, fromEnd: false)))
        .Add("rindex", ["sub", "start?", "end?"], (text, a) => Found(IndexOf(text, a, fromEnd: true)))
        .Add("count", ["sub", "start?", "end?"], (text, a) => Count(text, a))
        .Add("center", ["width", "fillchar?"], (text, context, a) => Pad(context, text, a, 0.5))
        .Add("ljust", ["width", "fillchar?"], (text, context, a) => Pad(context, text, a, 0))
        .Add("rjust", ["width", "fillchar?"], (text, context, a) => Pad(context, text, a, 1))
        .Add("zfill", ["width"], (text, context, a) => ZeroFill(context, text, a.Integer(0)))
        .Add("expandtabs", ["tabsize?"], (text, context, a) => ExpandTabs(context, text, a.Integer(0, 8)))
        .Add("isalpha", text => CharacterClasses.All(text, CharacterClasses.IsLetter))
        .Add("isalnum", text => CharacterClasses.All(text, CharacterClasses.IsLetterOrNumber))
        .Add("isdigit", text => CharacterClasses.All(text, CharacterClasses.IsDigit))
        .Add("isdecimal", text => CharacterClasses.All(text, CharacterClasses.IsDecimal))
        .Add("isnumeric", text => CharacterClasses.All(text, CharacterClasses.IsNumber))
        .Add("isspace", text => text.Length > 0 && text.All(PythonText.IsWhitespace))
        .Add("isascii", text => text.All(char.IsAscii))
        .Add("isprintable", text => text.Length == 0 || CharacterClasses.All(text, PythonText.IsPrintable))
        .Add("isidentifier", text => CharacterClasses.IsIdentifier(text))
        .Add("islower", PythonCase.IsLower)
        .Add("isupper", PythonCase.IsUpper)
        .Add("istitle", PythonCase.IsTitle)
        .Add("format_map", ["mapping"], (text, context, a) => BraceFormat.FormatMap(context, text, a[0]));

    public static Callable? Find(string text, string name) => name == "format"
        ? new Callable("format", (context, arguments) => BraceFormat.Format(context, text, arguments))
        : Table.Find(text, name);

    public static string Strip(string text, string? characters, bool atStart, bool atEnd)
    {
        string[]? set = characters is null ? null : [.. CodePoints.Split(characters).Distinct()];
        var (start, end) = (0, text.Length);
        while (atStart && start < end && Length(text, start, forward: true) is var length and > 0)
            start += length;
        while (atEnd && end > start && Length(text, end, forward: false) is var length and > 0)
            end -= length;
        return text[start..end];

        int Length(string text, int at, bool forward)
        {
            if (set is null)
                return PythonText.IsWhitespace(text[forward ? at : at - 1]) ? 1 : 0;
            WorkMeter.Charge(1 + (set.Length / 8));
            foreach (var character in set)
            {
                var from = forward ? at : at - character.Length;
                if (from >= 0 && string.CompareOrdinal(text, from, character, 0, character.Length) == 0)
                    return character.Length;
            }
            return 0;
        }
    }

    /// <summary>Replaces at most <paramref name="count"/> occurrences, all when it is negative.</summary>
    public static string Replace(RenderContext context, string text, string old, string replacement, int count)
    {
        var occurrences = old.Length == 0 ? CodePoints.Count(text) + 1 : Occurrences(text, old);
        if (count >= 0)
            occurrences = Math.Min(occurrences, count);
        context.Spend(text.Length + Math.Max(0, occurrences * (long)(replacement.Length - old.Length)));
        if (occurrences == 0)
            return text;
        var result = new System.Text.StringBuilder();
        var position = 0;
        for (; occurrences > 0; occurrences--)
        {
            if (old.Length == 0)
            {
                result.Append(replacement);
                if (position < text.Length)
                {
                    var last = position;
                    CodePoints.At(text, ref last);
                    result.Append(text, position, last + 1 - position);
                    position = last + 1;
                }
                continue;
            }
            var next = TextSearch.IndexOf(text, old, position);
            result.Append(text, position, next - position).Append(replacement);
            position = next + old.Length;
        }
        return result.Append(text, position, text.Length - position).ToString();
    }

    public static string Join(RenderContext context, string separator, IEnumerable<object?> items)
    {
        var parts = new List<string>();
        foreach (var item in items)
        {
            var part = item as string
                ?? throw TemplateFault.Type($"sequence item {parts.Count}: expected str instance, {PythonText.TypeName(item)} found");
            context.Spend(part.Length + separator.Length + 1);
            parts.Add(part);
        }
        return string.Join(separator, parts);
    }

    /// <summary>Pads to a width; <paramref name="share"/> of the padding goes to the left.</summary>
    public static string Pad(RenderContext context, string text, int width, string fill, double share)
    {
        var missing = width - CodePoints.Count(text);
        if (missing <= 0)
            return text;
        if (CodePoints.Count(fill) != 1)
            throw TemplateFault.Type("The fill character must be exactly one character long");
        context.Spend(width);
        // Python's centering leaves the odd blank on the left only where the width is odd too.
        var left = share == 0.5 ? (missing / 2) + (missing & width & 1) : (int)(missing * share);
        return string.Concat(Enumerable.Repeat(fill, left)) + text + string.Concat(Enumerable.Repeat(fill, missing - left));
    }

    private static string Pad(RenderContext context, string text, BoundArguments arguments, double share) =>
        Pad(context, text, arguments.Integer(0), arguments.OptionalText(1) ?? " ", share);

    private static string ZeroFill(RenderContext context, string text, int width)
    {
        var missing = width - CodePoints.Count(text);
        if (missing <= 0)
            return text;
        context.Spend(width);
        var sign = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        return text[..sign] + new string('0', missing) + text[sign..];
    }

    private static string ExpandTabs(RenderContext context, string text, int tabSize)
    {
        var result = new System.Text.StringBuilder();
        var column = 0;
        foreach (var c in text)
        {
            var blanks = c == '\t' && tabSize > 0 ? tabSize - (column % tabSize) : 0;
            context.Spend(blanks + 1);
            if (c == '\t')
                result.Append(' ', blanks);
            else
                result.Append(c);
            column = c is '\n' or '\r' ? 0 : column + (c == '\t' ? blanks : 1);
        }
        return result.ToString();
    }

    private static bool HasAffix(string text, BoundArguments arguments, Func<string, string, bool> matches)
    {
        var part = arguments.Has(1) || arguments.Has(2) ? (string)Members.Slice(text, arguments[1], arguments[2], null) : text;
        return arguments[0] is TupleValue affixes
            ? affixes.Any(affix => affix is string candidate && matches(part, candidate))
            : matches(part, arguments.Text(0));
    }

    private static int Occurrences(string text, string part)
    {
        var count = 0;
        for (var i = TextSearch.IndexOf(text, part, 0); i >= 0; i = TextSearch.IndexOf(text, part, i + part.Length))
            count++;
        return count;
    }

    private static long Count(string text, BoundArguments arguments)
    {
        var part = (string)Members.Slice(text, arguments[1], arguments[2], null);
        return arguments.Text(0).Length == 0 ? CodePoints.Count(part) + 1 : Occurrences(part, arguments.Text(0));
    }

    /// <summary>The position of a part in code points, -1 when it is not there.</summary>
    private static long IndexOf(string text, BoundArguments arguments, bool fromEnd)
    {
        var offset = SliceIndices.Of(CodePoints.Count(text), arguments[1], arguments[2], null).First;
        var part = (string)Members.Slice(text, arguments[1], arguments[2], null);
        var sub = arguments.Text(0);
        var index = fromEnd ? TextSearch.LastIndexOf(part, sub, part.Length) : TextSearch.IndexOf(part, sub, 0);
        return index < 0 ? -1 : offset + CodePoints.FromUnits(part, index);
    }

    private static long Found(long index) => index >= 0 ? index : throw TemplateFault.Value("substring not found");
}
