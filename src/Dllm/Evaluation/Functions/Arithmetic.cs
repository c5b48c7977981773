using System.Globalization;

namespace Dllm.Evaluation.Functions;

/// <summary>Expressions of whole numbers, + - * / (also × ÷) and parentheses: their value, and the numbers as written.</summary>
internal static class Arithmetic
{
    private const int DeepestNesting = 64;

    /// <summary>Reads an expression; null where it is none, divides by zero, or is nested too deeply.</summary>
    public static (double Value, IReadOnlyList<string> Numbers)? Evaluate(string expression)
    {
        var reader = new Reader(expression.Replace('×', '*').Replace('÷', '/').Replace('−', '-'));
        return reader.Sum(0) is { } value && reader.IsAtEnd && double.IsFinite(value) ? (value, reader.Numbers) : null;
    }

    private sealed class Reader(string text)
    {
        private int _at;

        public List<string> Numbers { get; } = [];

        public bool IsAtEnd => Peek() is null;

        public double? Sum(int depth) => Chain('+', '-', depth, Product);

        private double? Product(int depth) => Chain('*', '/', depth, Factor);

        private double? Chain(char first, char second, int depth, Func<int, double?> part)
        {
            var value = part(depth);
            while (value is not null && Peek() is { } sign && (sign == first || sign == second))
            {
                _at++;
                var right = part(depth);
                value = sign switch { '+' => value + right, '-' => value - right, '*' => value * right, _ => value / right };
            }

            return value;
        }

        private double? Factor(int depth)
        {
            if (depth > DeepestNesting || Peek() is not { } next) return null;
            if (next is '-' or '+')
            {
                _at++;
                return next == '-' ? -Factor(depth + 1) : Factor(depth + 1);
            }

            if (next == '(')
            {
                _at++;
                var inside = Sum(depth + 1);
                if (Peek() != ')') return null;
                _at++;
                return inside;
            }

            int start = _at;
            while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
            if (_at == start) return null;
            Numbers.Add(text[start.._at]);
            return double.Parse(text.AsSpan(start, _at - start), CultureInfo.InvariantCulture);
        }

        private char? Peek()
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
            return _at < text.Length ? text[_at] : null;
        }
    }
}
