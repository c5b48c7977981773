using System.Globalization;
using System.Numerics;
using System.Text;

namespace Dllm.Evaluation.Maths;

/// <summary>Numbers, names, fractions and functions.</summary>
internal sealed partial class LatexFormula
{
    private static readonly HashSet<string> _named = new(StringComparer.Ordinal)
    {
        "exp", "log", "lg", "ln", "sin", "cos", "tan", "csc", "sec", "cot", "arcsin", "arccos", "arctan", "arccsc", "arcsec", "arccot",
        "sinh", "cosh", "tanh", "arsinh", "arcosh", "artanh",
    };

    // Commands that are neither a symbol nor begin a formula that is read here.
    private static readonly HashSet<string> _reserved = new(StringComparer.Ordinal)
    {
        "langle", "rangle", "lim", "to", "rightarrow", "Rightarrow", "longrightarrow", "Longrightarrow", "int", "sum", "prod", "lfloor",
        "rfloor", "lceil", "rceil", "times", "cdot", "div", "frac", "dfrac", "tfrac", "binom", "dbinom", "tbinom", "mathit",
    };

    private static bool IsFunction(string name) =>
        _named.Contains(name) || name is "sqrt" or "overline" or "int" or "sum" or "prod" or "lim";

    private static bool IsSymbol(string name) => !_reserved.Contains(name) && !IsFunction(name);

    /// <param name="call">Whether a name before a parenthesis is a function: not in an exponent or index.</param>
    private MathNode Atom(bool call = false)
    {
        var token = Current;
        switch (token.Kind)
        {
            case LatexKind.Digit: return Number();
            case LatexKind.Letter: return Name(call);
            case LatexKind.Differential:
                _at++;
                return new MathNode.Symbol("d" + token.Text);
            case LatexKind.Command when IsSymbol(token.Text): return Name(call);
            case LatexKind.Command: return Command();
            default: throw new FormatException("no formula begins so");
        }
    }

    private MathNode Command()
    {
        switch (Take().Text)
        {
            case "frac" or "dfrac" or "tfrac":
                var top = Part();
                return new MathNode.Quotient(top, Part());
            case "binom" or "dbinom" or "tbinom":
                var of = Braced();
                return new MathNode.Call("binomial", [of, Braced()]);
            case "mathit":
                Expect("{");
                var name = new StringBuilder();
                while (Current.Kind == LatexKind.Letter) name.Append(Take().Text);
                Expect("}");
                return new MathNode.Symbol(name.ToString());
            default: throw new FormatException("this command is not read");
        }
    }

    // A digit, or an expression in braces; a lone differential below makes a derivative of the fraction.
    private MathNode Part()
    {
        if (Current.Kind == LatexKind.Digit) return new MathNode.Number(Take().Text[0] - '0');
        Expect("{");
        if (Current.Kind == LatexKind.Differential && _tokens[_at + 1].IsMark("}")) throw new FormatException("derivatives are not read");
        return Closed("}");
    }

    private MathNode.Number Number()
    {
        var digits = Digits();
        while (Current.IsMark(",") && Enumerable.Range(1, 3).All(i => _at + i < _tokens.Count && _tokens[_at + i].Kind == LatexKind.Digit))
        {
            _at++;
            for (var i = 0; i < 3; i++) digits += Take().Text;
        }

        if (!Current.IsMark(".")) return new(BigInteger.Parse(digits, CultureInfo.InvariantCulture));
        _at++;
        var decimals = Digits();
        var all = BigInteger.Parse(digits + decimals, CultureInfo.InvariantCulture);
        return new(new Rational(all, BigInteger.Pow(10, decimals.Length)), true);
    }

    private string Digits()
    {
        var result = new StringBuilder();
        while (Current.Kind == LatexKind.Digit) result.Append(Take().Text);
        return result.Length > 0 ? result.ToString() : throw new FormatException("a digit is missing");
    }

    // A letter or symbol with index and primes; before a parenthesis it is a function.
    private MathNode Name(bool call)
    {
        var token = Take();
        var name = token.Text;
        var primes = Current.Kind == LatexKind.Primes ? Take().Text : "";
        if (Current.IsMark("_")) name += "_{" + Index() + "}";
        if (primes.Length == 0 && Current.Kind == LatexKind.Primes) primes = Take().Text;
        if (call && Current.IsMark("("))
        {
            _at++;
            var arguments = Arguments();
            return new MathNode.Call(name + primes + "()", arguments);
        }

        return token is { Kind: LatexKind.Command, Text: "infty" } ? new MathNode.Infinity() : new MathNode.Symbol(name + primes);
    }

    private List<MathNode> Arguments()
    {
        (var outer, _openBars) = (_openBars, 0);
        var arguments = new List<MathNode> { Sum() };
        while (Current.IsMark(","))
        {
            _at++;
            arguments.Add(Sum());
        }

        Expect(")");
        _openBars = outer;
        return arguments;
    }

    // An index's text: a name or number, or an expression in braces.
    private string Index()
    {
        Expect("_");
        var start = _at;
        if (Current.IsMark("{")) Braced();
        else Atom();
        return string.Concat(_tokens.Skip(start).Take(_at - start).Select(token => token.Text)).Trim('{', '}');
    }

    private MathNode Function()
    {
        var name = Take().Text;
        if (name == "overline") return new MathNode.Call(name, [Braced()]);
        if (name == "sqrt") return Root();
        if (!_named.Contains(name)) throw new FormatException("this command is not read");

        MathNode? index = null, power = null;
        for (var i = 0; i < 2; i++)
        {
            if (index is null && Current.IsMark("_")) index = Script();
            if (power is null && Current.IsMark("^")) power = Script();
        }

        MathNode argument;
        if (Current.IsMark("("))
        {
            _at++;
            argument = Arguments()[0];
        }
        else argument = Product(false);

        return Call(name, argument, index, power);
    }

    // In "\log_2 8", where blanks do not count, the last digit is the argument.
    private MathNode Script()
    {
        _at++;
        if (Current.IsMark("{")) return Braced();
        if (Current.Kind != LatexKind.Digit) return Atom();
        var start = _at;
        var number = Number();
        if (_at - start == 1 || number.IsDecimal || StartsFactor(true) || Current.Text is "^" or "_" or "+" or "-") return number;
        _at--;
        return new MathNode.Number((number.Value.Numerator - (Current.Text[0] - '0')) / 10);
    }

    private MathNode.Power Root()
    {
        MathNode degree = new MathNode.Number(2);
        if (Current.IsMark("["))
        {
            _at++;
            degree = Closed("]");
        }

        return new(Braced(), new MathNode.Quotient(new MathNode.Number(1), degree));
    }

    private static MathNode Call(string name, MathNode argument, MathNode? index, MathNode? power)
    {
        name = name.StartsWith("arc", StringComparison.Ordinal) ? "a" + name[3..]
            : name is "arsinh" or "arcosh" or "artanh" ? "a" + name[2..]
            : name;
        if (name is "log" or "ln" or "lg")
        {
            index ??= name == "lg" ? new MathNode.Number(10) : null;
            MathNode value = new MathNode.Call("log", [argument]);
            if (index is not null) value = new MathNode.Quotient(value, new MathNode.Call("log", [index]));
            return power is null ? value : new MathNode.Power(value, power);
        }

        var inverse = power is MathNode.Number { Value: var exponent } && exponent == -1
            && name is "sin" or "cos" or "tan" or "csc" or "sec" or "cot" or "sinh" or "cosh" or "tanh";
        MathNode result = new MathNode.Call(inverse ? "a" + name : name, [argument]);
        return power is null || inverse ? result : new MathNode.Power(result, power);
    }
}
