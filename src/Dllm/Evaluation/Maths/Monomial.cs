namespace Dllm.Evaluation.Maths;

/// <summary>A product of powers of atoms (by their numbers in an <see cref="AtomTable"/>), sorted; exponents are positive.</summary>
internal sealed class Monomial : IEquatable<Monomial>
{
    private readonly (int Atom, Rational Exponent)[] _factors;
    private readonly int _hash;

    private Monomial((int Atom, Rational Exponent)[] factors)
    {
        _factors = factors;
        var hash = new HashCode();
        foreach (var factor in factors) hash.Add(factor);
        _hash = hash.ToHashCode();
    }

    /// <summary>The empty product.</summary>
    public static Monomial One { get; } = new([]);

    public IReadOnlyList<(int Atom, Rational Exponent)> Factors => _factors;

    /// <summary>An atom's power; 1 where the exponent is 0.</summary>
    public static Monomial Of(int atom, Rational exponent) => exponent.IsZero ? One : new([(atom, exponent)]);

    public static Monomial operator *(Monomial a, Monomial b)
    {
        if (a._factors.Length == 0) return b;
        if (b._factors.Length == 0) return a;
        var result = new List<(int, Rational)>(a._factors.Length + b._factors.Length);
        int i = 0, j = 0;
        while (i < a._factors.Length && j < b._factors.Length)
        {
            var (left, right) = (a._factors[i], b._factors[j]);
            if (left.Atom == right.Atom)
            {
                result.Add((left.Atom, left.Exponent + right.Exponent));
                i++;
                j++;
            }
            else if (left.Atom < right.Atom)
            {
                result.Add(left);
                i++;
            }
            else
            {
                result.Add(right);
                j++;
            }
        }

        return new([.. result, .. a._factors[i..], .. b._factors[j..]]);
    }

    /// <summary>The product with one atom's exponent replaced.</summary>
    public Monomial With(int atom, Rational exponent) => new([.. _factors
        .Select(factor => factor.Atom == atom ? (atom, exponent) : factor)
        .Where(factor => !factor.Item2.IsZero)]);

    /// <summary>Every exponent multiplied.</summary>
    public Monomial Power(Rational exponent) => new([.. _factors.Select(factor => (factor.Atom, factor.Exponent * exponent))]);

    public bool Equals(Monomial? other) => other is not null && _hash == other._hash && _factors.AsSpan().SequenceEqual(other._factors);

    public override bool Equals(object? obj) => Equals(obj as Monomial);

    public override int GetHashCode() => _hash;
}
