namespace Dllm.Evaluation.Maths;

/// <summary>
/// Whether two formulas are equal for all values of their letters: stands for SymPy's <c>simplify(a - b) == 0</c>. Exact for rational
/// expressions, roots of rational numbers, and powers; functions are equal where their arguments are, with the plainest of their laws.
/// </summary>
public static class FormulaComparison
{
    /// <summary>
    /// Compares two formulas in LaTeX; false where one cannot be read, is a relation, is infinite or divides by 0. Takes bounded time on
    /// any text: formulas too large to work out are equal when they are written alike.
    /// </summary>
    public static bool AreEqual(string first, string second) =>
        LatexFormula.Read(first) is { } a && LatexFormula.Read(second) is { } b && AreEqual(a, b);

    /// <summary>Compares two expressions.</summary>
    internal static bool AreEqual(MathNode a, MathNode b)
    {
        try
        {
            var algebra = new Algebra();
            return algebra.AreEqual(algebra.Evaluate(a), algebra.Evaluate(b));
        }
        catch (DivideByZeroException)
        {
            return false;
        }
        catch (TooMuchWorkException)
        {
            return a.Equals(b);
        }
    }
}
