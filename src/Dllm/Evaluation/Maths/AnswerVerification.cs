using System.Text.RegularExpressions;

namespace Dllm.Evaluation.Maths;

/// <summary>
/// Stands for math_verify: finds the answers in a solution and in a model's text and compares them as mathematics: numbers exactly, or to
/// six decimals where one is a decimal; percentages with and without their sign; lists and sets in any order; tuples, intervals and
/// matrices part by part; x = 5 with 5; relations also turned round; words without regard to case. It is not equal to math_verify on all
/// texts.
/// </summary>
public static partial class AnswerVerification
{
    /// <summary>Whether the answer in a model's text is the solution's. Takes bounded time on any text.</summary>
    public static bool Verify(string solution, string text)
    {
        try
        {
            return AnswerSearch.Find(solution) is { } gold && AnswerSearch.Find(text) is { } answer && AreEqual(gold, answer);
        }
        catch (RegexMatchTimeoutException)
        {
            return false; // a text made to take for ever
        }
    }

    /// <summary>Whether two answers in LaTeX are equal.</summary>
    internal static bool AreEqual(string gold, string answer)
    {
        var (a, b) = (MathAnswer.Read(gold), MathAnswer.Read(answer));
        if (b.Form == "=" && a.Form != "=") b = MathAnswer.Read(b.Parts[1]);
        if (a.Parts.Count != b.Parts.Count || a.Parts.Count == 0) return false;
        if (a.Name is not null && b.Name is not null && a.Name != b.Name) return false;
        if (a.Form is "<" or "<=" or "!=") return a.Form == b.Form && Same(Difference(a), Difference(b));
        if (a.Form == "=") return b.Form == "=" && (Same(Difference(a), Difference(b)) || Same(Difference(a), $"-({Difference(b)})"));
        var pairs = a.Parts.Zip(b.Parts);
        if (a.Form is "" or "{}" && b.Form is "" or "{}")
            return a.Parts.Count == 1 ? Same(a.Parts[0], b.Parts[0]) : AnyOrder(a.Parts, b.Parts);
        return (a.Form == b.Form || (IsTuple(a) && IsTuple(b))) && pairs.All(pair => Same(pair.First, pair.Second));
    }

    private static bool IsTuple(MathAnswer answer) => answer.Form is "()" or "";

    private static string Difference(MathAnswer relation) => $"({relation.Parts[0]})-({relation.Parts[1]})";

    private static bool AnyOrder(IReadOnlyList<string> gold, IReadOnlyList<string> answer)
    {
        if (gold.Count > 50) return false;
        var left = answer.ToList();
        return gold.All(part => left.FindIndex(other => Same(part, other)) is var found and >= 0 && Remove(left, found));
    }

    private static bool Remove(List<string> list, int index)
    {
        list.RemoveAt(index);
        return true;
    }

    private static bool Same(string gold, string answer)
    {
        if (string.Equals(gold.Replace(" ", ""), answer.Replace(" ", ""), StringComparison.OrdinalIgnoreCase)) return true;
        if (Words().IsMatch(gold) || Words().IsMatch(answer)) return false;
        if (LatexFormula.Read(Plain(gold)) is not { } a || LatexFormula.Read(Plain(answer)) is not { } b) return false;
        if (FormulaComparison.AreEqual(a, b)) return true;
        return Percent(gold) != Percent(answer)
            ? FormulaComparison.AreEqual(a, new MathNode.Quotient(b, new MathNode.Number(100)))
                || FormulaComparison.AreEqual(new MathNode.Quotient(a, new MathNode.Number(100)), b)
            : HasDecimal(a) | HasDecimal(b) && Rounded(a) is { } x && Rounded(b) is { } y && x == y;
    }

    private static bool Percent(string text) => text.TrimEnd().EndsWith('%');

    // A number as formulas write it: without its thousands and percent sign, with a digit before the point.
    private static string Plain(string text)
    {
        text = text.Replace(@"\%", "").Replace("%", "").Trim();
        if (Grouped().IsMatch(text)) text = text.Replace(",", "").Replace(" ", "");
        else if (DecimalComma().IsMatch(text)) text = text.Replace(',', '.');
        return BarePoint().Replace(text, "0.");
    }

    private static bool HasDecimal(MathNode node) => node switch
    {
        MathNode.Number number => number.IsDecimal,
        MathNode.Product(var a, var b) => HasDecimal(a) || HasDecimal(b),
        MathNode.Sum(var a, var b) => HasDecimal(a) || HasDecimal(b),
        MathNode.Quotient(var a, var b) => HasDecimal(a) || HasDecimal(b),
        _ => false,
    };

    private static decimal? Rounded(MathNode node)
    {
        var value = Value(node);
        return Math.Abs(value) < 1e15 ? decimal.Round((decimal)value, 6) : null; // not a number compares false
    }

    private static double Value(MathNode node) => node switch
    {
        MathNode.Number number => (double)number.Value,
        MathNode.Symbol { Name: "pi" } => Math.PI,
        MathNode.Symbol { Name: "e" } => Math.E,
        MathNode.Sum(var a, var b) => Value(a) + Value(b),
        MathNode.Product(var a, var b) => Value(a) * Value(b),
        MathNode.Quotient(var a, var b) => Value(a) / Value(b),
        MathNode.Power(var a, var b) => Math.Pow(Value(a), Value(b)),
        MathNode.Call { Name: "log", Arguments: [var a] } => Math.Log(Value(a)),
        _ => double.NaN,
    };

    [GeneratedRegex(@"^[A-Za-z]{2,}[A-Za-z ]*$")]
    private static partial Regex Words();

    [GeneratedRegex(@"^-?[0-9]{1,3}(?:[, ][0-9]{3})+(?:\.[0-9]+)?$")]
    private static partial Regex Grouped();

    [GeneratedRegex("^-?[0-9]+,[0-9]+$")]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"(?<![0-9])\.(?=[0-9])")]
    private static partial Regex BarePoint();
}
