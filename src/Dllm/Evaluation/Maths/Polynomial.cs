namespace Dllm.Evaluation.Maths;

/// <summary>A sum of monomials with rational factors, none of them 0.</summary>
internal sealed class Polynomial
{
    private readonly Dictionary<Monomial, Rational> _terms;

    private Polynomial(Dictionary<Monomial, Rational> terms) => _terms = terms;

    public static Polynomial Zero { get; } = new([]);

    public static Polynomial One { get; } = Of(Monomial.One, 1);

    public IReadOnlyCollection<KeyValuePair<Monomial, Rational>> Terms => _terms;

    public bool IsZero => _terms.Count == 0;

    /// <summary>The number it is; null where it has atoms.</summary>
    public Rational? Constant => _terms.Count == 0 ? Rational.Zero
        : _terms.Count == 1 && _terms.TryGetValue(Monomial.One, out var value) ? value
        : null;

    public static Polynomial Of(Monomial monomial, Rational factor) => factor.IsZero ? Zero : new(new() { [monomial] = factor });

    public static Polynomial Sum(IEnumerable<KeyValuePair<Monomial, Rational>> terms)
    {
        var result = new Dictionary<Monomial, Rational>();
        foreach (var (monomial, factor) in terms) Add(result, monomial, factor);
        return new(result);
    }

    public static Polynomial operator +(Polynomial a, Polynomial b) => Sum(a._terms.Concat(b._terms));

    public static Polynomial operator *(Polynomial a, Rational factor) => factor.IsZero ? Zero
        : factor == Rational.One ? a
        : new(a._terms.ToDictionary(term => term.Key, term => term.Value * factor));

    /// <summary>The product, before atoms' own rules; its work is counted.</summary>
    public static Polynomial Product(Polynomial a, Polynomial b, WorkLimit limit)
    {
        var result = new Dictionary<Monomial, Rational>();
        foreach (var (left, p) in a._terms)
        {
            foreach (var (right, q) in b._terms)
            {
                limit.Count(1 + (p.Bits + q.Bits) / 64);
                Add(result, left * right, p * q);
            }
        }

        return new(result);
    }

    private static void Add(Dictionary<Monomial, Rational> terms, Monomial monomial, Rational factor)
    {
        var sum = terms.GetValueOrDefault(monomial) + factor;
        if (sum.IsZero) terms.Remove(monomial);
        else terms[monomial] = sum;
    }
}
