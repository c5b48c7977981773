using System.Text;

namespace Dllm.Tokenization;

/// <summary>
/// Quantifiers that mean something else in the reference's dialect than in .NET: <c>x?+</c>, <c>x*+</c> and <c>x++</c> are possessive, in
/// .NET an atomic group (<c>(?&gt;x?)</c>); <c>x{1,3}+</c> is a repetition of <c>x{1,3}</c>, which .NET wants in a group of its own.
/// </summary>
internal static class OnigurumaQuantifiers
{
    /// <summary>The pattern in .NET's spelling.</summary>
    public static string Translate(string pattern)
    {
        var result = new StringBuilder(pattern.Length);
        var groups = new Stack<int>();
        int atom = 0; // where in the result the last atom begins
        for (int i = 0; i < pattern.Length;)
        {
            int quantifier = QuantifierLength(pattern, i);
            if (quantifier > 0)
            {
                bool doubled = i + quantifier < pattern.Length && pattern[i + quantifier] == '+';
                result.Insert(atom, doubled ? pattern[i] == '{' ? "(?:" : "(?>" : "").Append(pattern, i, quantifier);
                result.Append(doubled ? pattern[i] == '{' ? ")+" : ")" : "");
                i += quantifier + (doubled ? 1 : 0);
                continue;
            }

            char c = pattern[i];
            atom = c == ')' && groups.Count > 0 ? groups.Pop() : result.Length;
            if (c == '(')
            {
                groups.Push(atom);
            }

            int length = c switch
            {
                '\\' => EscapeLength(pattern, i),
                '[' => ClassLength(pattern, i),
                '(' when i + 1 < pattern.Length && pattern[i + 1] == '?' => 2, // this question mark is no quantifier
                _ => 1,
            };
            result.Append(pattern, i, length);
            i += length;
        }

        return result.ToString();
    }

    private static int QuantifierLength(string pattern, int at)
    {
        if (pattern[at] is '?' or '*' or '+')
        {
            return at == 0 ? 0 : 1;
        }

        if (pattern[at] != '{')
        {
            return 0;
        }

        int close = pattern.IndexOf('}', at);
        return close > at + 1 && pattern.AsSpan(at + 1, close - at - 1).IndexOfAnyExcept("0123456789,") < 0 ? close - at + 1 : 0;
    }

    private static int EscapeLength(string pattern, int at)
    {
        if (at + 2 < pattern.Length && pattern[at + 1] is 'p' or 'P' && pattern[at + 2] == '{')
        {
            int close = pattern.IndexOf('}', at);
            return close < 0 ? pattern.Length - at : close - at + 1;
        }

        return Math.Min(2, pattern.Length - at);
    }

    private static int ClassLength(string pattern, int at)
    {
        for (int i = at + 1; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i += EscapeLength(pattern, i) - 1;
            }
            else if (pattern[i] == ']')
            {
                return i - at + 1;
            }
        }

        return pattern.Length - at;
    }
}
