namespace Dllm.Evaluation.Maths;

/// <summary>
/// Reads a formula as SymPy's reader of LaTeX does, up to where it ends: what follows is left alone ("2, 3" is 2, "2 + (" too), so a
/// formula may begin an answer. Precedence, products without a sign, <c>f(x)</c> as a function, names and their indices follow that
/// grammar. Intervals, sets, tuples, percent signs and <c>\left|x\right|</c> are no formulas there, nor here; integrals, sums, limits,
/// derivatives and brackets of quantum states are formulas there, not here.
/// </summary>
internal sealed partial class LatexFormula
{
    private const int MaximumDepth = 150;
    private const int MaximumLength = 1500;

    private readonly IReadOnlyList<LatexToken> _tokens;
    private int _at;
    private int _depth;
    private int _openBars;

    private LatexFormula(IReadOnlyList<LatexToken> tokens) => _tokens = tokens;

    private LatexToken Current => _tokens[_at];

    /// <summary>The formula at the beginning of a text; null when there is none, or it is a relation.</summary>
    public static MathNode? Read(string text)
    {
        if (text.Length > MaximumLength) return null;
        var reader = new LatexFormula(LatexLexer.Read(text));
        try
        {
            var node = reader.Sum();
            // The token behind the formula has been looked at: it has to be one, and no relation.
            return reader.Current.Kind is LatexKind.Unknown or LatexKind.Relation ? null : node;
        }
        catch (FormatException)
        {
            return null;
        }
        catch (TooMuchWorkException)
        {
            return null;
        }
    }

    /// <summary>Whether an expression has no letters.</summary>
    internal static bool IsConstant(MathNode node) => node switch
    {
        MathNode.Symbol => false,
        MathNode.Sum(var a, var b) => IsConstant(a) && IsConstant(b),
        MathNode.Product(var a, var b) => IsConstant(a) && IsConstant(b),
        MathNode.Quotient(var a, var b) => IsConstant(a) && IsConstant(b),
        MathNode.Power(var a, var b) => IsConstant(a) && IsConstant(b),
        MathNode.Call call => call.Arguments.All(IsConstant),
        _ => true,
    };

    private MathNode Sum()
    {
        if (++_depth > MaximumDepth) throw new TooMuchWorkException();
        var result = Product(true);
        while (Current.IsMark("+") || Current.IsMark("-"))
        {
            var minus = Current.Text == "-";
            if (Try(() => Next(() => Product(true))) is not { } term) break;
            result = new MathNode.Sum(result, minus ? MathNode.Minus(term) : term);
        }

        _depth--;
        return result;
    }

    /// <param name="functions">
    /// Whether a factor after the first may be a named function: not inside the argument of one without parentheses.
    /// </param>
    private MathNode Product(bool functions)
    {
        var result = Signed(functions);
        while (true)
        {
            var times = Current.IsMark("*") || Current.IsCommand("times") || Current.IsCommand("cdot");
            if (!times && !Current.IsMark("/") && !Current.IsMark(":") && !Current.IsCommand("div")) return result;
            if (Try(() => Next(() => Signed(functions))) is not { } factor) return result;
            result = times ? new MathNode.Product(result, factor) : new MathNode.Quotient(result, factor);
        }
    }

    private MathNode Signed(bool functions)
    {
        var minus = false;
        while (Current.IsMark("+") || Current.IsMark("-")) minus ^= Take().Text == "-";

        var factors = new List<MathNode> { Postfix(true) };
        while (StartsFactor(functions) && Try(() => Postfix(functions)) is { } factor) factors.Add(factor);
        var result = factors[^1];
        for (var i = factors.Count - 2; i >= 0; i--)
        {
            // "3 x 4" is twelve.
            if (i > 0 && factors[i] is MathNode.Symbol { Name: "x" } && IsConstant(factors[i - 1]) && IsConstant(factors[i + 1])) continue;
            result = new MathNode.Product(factors[i], result);
        }

        return minus ? MathNode.Minus(result) : result;
    }

    private bool StartsFactor(bool functions) => Current.Kind switch
    {
        LatexKind.Digit or LatexKind.Letter or LatexKind.Differential => true,
        LatexKind.Command => IsSymbol(Current.Text) || Current.Text is "frac" or "dfrac" or "tfrac" or "binom" or "dbinom" or "tbinom"
            or "mathit" or "lfloor" or "lceil" or "langle" || (functions && IsFunction(Current.Text)),
        LatexKind.Mark => Current.Text is "(" or "[" or "{" or @"\{" or "left|" || (Current.Text == "|" && _openBars == 0),
        _ => false,
    };

    private MathNode Postfix(bool functions)
    {
        var result = Factor(functions);
        while (Current.IsMark("^"))
        {
            if (Try(() => Next(() => Current.IsMark("{") ? Braced() : Atom())) is not { } exponent) break;
            result = new MathNode.Power(result, exponent);
            if (Current.IsMark("_")) Index();
        }

        while (Current.IsMark("!"))
        {
            _at++;
            result = new MathNode.Call("factorial", [result]);
        }

        return result;
    }

    private MathNode Factor(bool functions)
    {
        if (Current.Kind == LatexKind.Mark)
        {
            return Take().Text switch
            {
                "(" => Closed(")"),
                "[" => Closed("]"),
                "{" => Closed("}"),
                @"\{" => Closed(@"\}"),
                "|" => Absolute(),
                _ => throw new FormatException("no formula begins so"),
            };
        }

        if (Current.Kind != LatexKind.Command) return Atom(functions);
        switch (Current.Text)
        {
            case "lfloor":
                _at++;
                return new MathNode.Call("floor", [Closed("rfloor")]);
            case "lceil":
                _at++;
                return new MathNode.Call("ceiling", [Closed("rceil")]);
            default:
                return IsFunction(Current.Text) ? Function() : Atom(functions);
        }
    }

    private MathNode Absolute()
    {
        var outer = _openBars++;
        var inner = Sum();
        Expect("|");
        _openBars = outer;
        return new MathNode.Call("abs", [inner]);
    }

    // An expression and the mark that closes it; bars outside do not close inside.
    private MathNode Closed(string mark)
    {
        (var outer, _openBars) = (_openBars, 0);
        var inner = Sum();
        Expect(mark);
        _openBars = outer;
        return inner;
    }

    private MathNode Braced()
    {
        Expect("{");
        return Closed("}");
    }

    // What may follow, or null where it does not: then the formula ends in front of it. A character that no formula has ends all.
    private MathNode? Try(Func<MathNode> read)
    {
        var (at, depth, bars) = (_at, _depth, _openBars);
        try
        {
            return read();
        }
        catch (FormatException) when (Current.Kind != LatexKind.Unknown)
        {
            (_at, _depth, _openBars) = (at, depth, bars);
            return null;
        }
    }

    private MathNode Next(Func<MathNode> read)
    {
        _at++;
        return read();
    }

    private LatexToken Take() =>
        _tokens[_at].Kind == LatexKind.End ? throw new FormatException("the formula ends too early") : _tokens[_at++];

    private void Expect(string text)
    {
        if (Current.Text != text || Current.Kind is not (LatexKind.Mark or LatexKind.Command))
            throw new FormatException($"'{text}' is missing");
        _at++;
    }
}
