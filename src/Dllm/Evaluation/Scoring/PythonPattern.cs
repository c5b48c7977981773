using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Dllm.Evaluation.Scoring;

/// <summary>
/// Writes a pattern of Python's <c>re</c> as one of .NET's that matches the same texts: groups are numbered in order whether named or not,
/// <c>\w</c>, <c>\s</c> and <c>\b</c> are Python's, and so are <c>\Z</c>, <c>{,n}</c>, possessive repeats and character classes.
/// Left as .NET has it: <c>.</c> and <c>[^x]</c> take half of a character beyond U+FFFF, and letters without case rules of their own
/// (<c>ı</c>, <c>ſ</c>) under <c>(?i)</c>.
/// </summary>
internal sealed class PythonPattern
{
    private const int DeepestNesting = 100;

    private readonly string _pattern;
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private int _at;
    private int _groups;
    private int _depth;
    private bool _isVerbose;
    private bool _isAscii;

    private PythonPattern(string pattern) => _pattern = pattern;

    /// <summary>The pattern for .NET and the options for all of it.</summary>
    /// <exception cref="FormatException">Python refuses the pattern, or it needs what .NET lacks.</exception>
    public static (string Pattern, RegexOptions Options) Translate(string pattern)
    {
        var reader = new PythonPattern(pattern);
        var options = reader.GlobalFlags();
        var result = reader.Alternatives();
        return reader._at == pattern.Length ? (result, options) : throw new FormatException("unbalanced parenthesis");
    }

    private bool IsAtEnd => _at == _pattern.Length;

    private RegexOptions GlobalFlags()
    {
        var options = RegexOptions.None;
        while (Regex.Match(_pattern[_at..], @"^\(\?([aiLmsux]+)\)") is { Success: true } flags)
        {
            foreach (char flag in flags.Groups[1].ValueSpan)
            {
                options |= flag switch { 'i' => RegexOptions.IgnoreCase, 'm' => RegexOptions.Multiline, 's' => RegexOptions.Singleline, _ => 0 };
                _isVerbose |= flag == 'x';
                _isAscii |= flag == 'a';
            }

            _at += flags.Length;
        }

        return options;
    }

    private string Alternatives()
    {
        if (++_depth > DeepestNesting) throw new FormatException("nested too deeply");
        var result = new StringBuilder(Sequence());
        while (Take('|')) result.Append('|').Append(Sequence());
        _depth--;
        return result.ToString();
    }

    private string Sequence()
    {
        var result = new StringBuilder();
        while (true)
        {
            if (_isVerbose) SkipBlank();
            if (IsAtEnd || _pattern[_at] is '|' or ')') return result.ToString();
            result.Append(Repeated(Atom()));
        }
    }

    private void SkipBlank()
    {
        while (!IsAtEnd && (char.IsWhiteSpace(_pattern[_at]) || _pattern[_at] == '#'))
        {
            if (_pattern[_at] == '#') while (!IsAtEnd && _pattern[_at] != '\n') _at++;
            else _at++;
        }
    }

    private string Repeated(string atom)
    {
        if (_isVerbose) SkipBlank();
        if (Repeat() is not { } repeat) return atom;
        if (atom.Length == 0 || atom is "^" or "$" or @"\A" or @"\z") throw new FormatException($"nothing to repeat at {_at}");
        string result;
        if (Take('?')) result = atom + repeat + "?";
        else if (Take('+')) result = $"(?>{atom}{repeat})";
        else result = atom + repeat;
        int after = _at;
        if (Repeat() is not null) throw new FormatException($"multiple repeat at {after}");
        return result;
    }

    /// <summary>The repeat here, if there is one: braces that hold none are letters.</summary>
    private string? Repeat()
    {
        if (IsAtEnd) return null;
        if (_pattern[_at] is '*' or '+' or '?') return _pattern[_at++].ToString();
        if (Regex.Match(_pattern[_at..], @"^\{(?:([0-9]+)(,?)([0-9]*)|(,)([0-9]*))\}") is not { Success: true } braces) return null;
        _at += braces.Length;
        string least = braces.Groups[1].Success ? braces.Groups[1].Value : "0";
        bool isRange = braces.Groups[2].Length > 0 || braces.Groups[4].Success;
        return isRange ? $"{{{least},{braces.Groups[3].Value}{braces.Groups[5].Value}}}" : $"{{{least}}}";
    }

    private string Atom() => _pattern[_at++] switch
    {
        '(' => Group(),
        '[' => Class(),
        '\\' => Escape(),
        '.' => ".",
        '^' => "^",
        '$' => "$",
        '*' or '+' or '?' => throw new FormatException($"nothing to repeat at {_at - 1}"),
        var high when char.IsHighSurrogate(high) && !IsAtEnd => $"(?:{high}{_pattern[_at++]})",
        var letter => PythonCharacters.Literal(letter),
    };

    private string Group()
    {
        if (!Take('?')) return Close($"(?<{++_groups}>");
        if (Take('#'))
        {
            _at = _pattern.IndexOf(')', _at) is var end and >= 0 ? end + 1 : throw new FormatException("a comment is not closed");
            return "";
        }

        if (Take('P')) return Take('<') ? Named() : Take('=') ? $@"\k<{NumberOf(Until(')'))}>" : throw Unknown();
        if (Take('(')) return Close($"(?({NumberOf(Until(')'))})");
        foreach (string mark in new[] { ":", "=", "!", "<=", "<!", ">" })
        {
            if (!_pattern.AsSpan(_at).StartsWith(mark)) continue;
            _at += mark.Length;
            return Close("(?" + mark);
        }

        return Scoped();
    }

    private string Named()
    {
        string name = Until('>');
        if (!Regex.IsMatch(name, @"^[^\W\d]\w*$") || !_names.TryAdd(name, ++_groups))
            throw new FormatException($"the group name '{name}' is not possible");
        return Close($"(?<{_groups}>");
    }

    // Flags for a part: (?i:…), (?s-i:…).
    private string Scoped()
    {
        if (Regex.Match(_pattern[_at..], "^([aiLmsux]*)(-[imsx]+)?:") is not { Success: true } flags) throw Unknown();
        _at += flags.Length;
        var (on, off) = (flags.Groups[1].Value, flags.Groups[2].Value);
        var (verbose, ascii) = (_isVerbose, _isAscii);
        _isVerbose = on.Contains('x') || (verbose && !off.Contains('x'));
        _isAscii = on.Contains('a') || (ascii && !on.Contains('u'));
        static string Known(string letters) => string.Concat(letters.Where(letter => letter is 'i' or 'm' or 's'));
        string result = Close($"(?{Known(on)}{(Known(off).Length > 0 ? "-" + Known(off) : "")}:");
        (_isVerbose, _isAscii) = (verbose, ascii);
        return result;
    }

    private FormatException Unknown() => new($"unknown extension at {_at}");

    private string Close(string opening)
    {
        string inside = Alternatives();
        return Take(')') ? opening + inside + ")" : throw new FormatException("a group is not closed");
    }

    private int NumberOf(string group) => int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= _groups
        ? number
        : _names.TryGetValue(group, out int named) ? named : throw new FormatException($"there is no group '{group}'");

    private string Until(char end)
    {
        int close = _pattern.IndexOf(end, _at);
        if (close < 0) throw new FormatException($"missing '{end}'");
        string text = _pattern[_at..close];
        _at = close + 1;
        return text;
    }

    private bool Take(char wanted)
    {
        if (IsAtEnd || _pattern[_at] != wanted) return false;
        _at++;
        return true;
    }

    private string Escape()
    {
        if (IsAtEnd) throw new FormatException("it ends in a backslash");
        string word = $"[{PythonCharacters.Word(_isAscii)}]";
        switch (_pattern[_at])
        {
            case 'A': _at++; return @"\A";
            case 'Z' or 'z': _at++; return @"\z";
            case 'b': _at++; return $"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))";
            case 'B': _at++; return $"(?:(?<={word})(?={word})|(?<!{word})(?!{word}))";
            case >= '1' and <= '9' when !PythonCharacters.IsOctal(_pattern.AsSpan(_at)):
                var digits = Regex.Match(_pattern[_at..], "^[0-9]{1,2}").Value;
                _at += digits.Length;
                return $@"\k<{NumberOf(digits)}>";
        }

        if (PythonCharacters.Category(_pattern[_at], _isAscii) is { } category)
        {
            _at++;
            return $"[{category}]";
        }

        string text = char.ConvertFromUtf32(PythonCharacters.ReadEscape(_pattern, ref _at));
        return text.Length == 1 ? PythonCharacters.Literal(text[0]) : $"(?:{text})";
    }

    private string Class()
    {
        bool isNegated = Take('^');
        var units = new StringBuilder();
        var pairs = new List<string>();
        for (bool isFirst = true; isFirst || IsAtEnd || _pattern[_at] != ']'; isFirst = false)
        {
            if (IsAtEnd) throw new FormatException("a character class is not closed");
            if (_pattern[_at] == '\\' && _at + 1 < _pattern.Length && PythonCharacters.Category(_pattern[_at + 1], _isAscii) is { } category)
            {
                units.Append(category);
                _at += 2;
                continue;
            }

            int from = Member();
            bool isRange = _at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']';
            if (isRange) _at++;
            int to = isRange ? Member() : from;
            if (to < from) throw new FormatException("a range of characters runs backwards");
            if (to <= char.MaxValue) units.Append(PythonCharacters.Unit(from)).Append(isRange ? "-" + PythonCharacters.Unit(to) : "");
            else if (!isRange && !isNegated) pairs.Add(char.ConvertFromUtf32(from));
            else throw new FormatException("ranges and exclusions of characters beyond U+FFFF are not supported");
        }

        _at++;
        if (pairs.Count == 0) return $"[{(isNegated ? "^" : "")}{units}]";
        return $"(?:{string.Join('|', pairs)}{(units.Length > 0 ? $"|[{units}]" : "")})";
    }

    private int Member()
    {
        if (Take('\\')) return Take('b') ? '\b' : PythonCharacters.ReadEscape(_pattern, ref _at);
        int point = _at + 1 < _pattern.Length && char.IsSurrogatePair(_pattern[_at], _pattern[_at + 1])
            ? char.ConvertToUtf32(_pattern, _at)
            : _pattern[_at];
        _at += point > char.MaxValue ? 2 : 1;
        return point;
    }
}
