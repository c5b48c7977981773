using System.Numerics;

namespace Dllm.Evaluation.Maths;

/// <summary>What cannot be taken apart: a symbol, a prime (or −1) under a root, a root's or power's base, a function's value.</summary>
/// <param name="Kind">Which of these.</param>
/// <param name="Name">A symbol's or function's name.</param>
/// <param name="Arguments">A root's base; a power's base and exponent; a function's arguments.</param>
/// <param name="Number">A prime, or −1.</param>
internal sealed record Atom(AtomKind Kind, string Name, IReadOnlyList<Fraction> Arguments, BigInteger Number = default);

/// <summary>The kinds of atoms.</summary>
internal enum AtomKind
{
    /// <summary>A variable.</summary>
    Symbol,

    /// <summary>A prime or −1, which has exponents below 1 (or too large to work out).</summary>
    Prime,

    /// <summary>An expression under a root: its exponents are below 1.</summary>
    Root,

    /// <summary>An expression raised to an exponent that is no number.</summary>
    Power,

    /// <summary>A function's value.</summary>
    Function,
}

/// <summary>The atoms of one comparison: two whose arguments are equal are one.</summary>
/// <param name="areEqual">Whether two expressions are equal.</param>
internal sealed class AtomTable(Func<Fraction, Fraction, bool> areEqual)
{
    private readonly List<Atom> _atoms = [];

    public Atom this[int number] => _atoms[number];

    /// <summary>The number of an atom that is equal to this, a new one if there is none.</summary>
    public int Find(AtomKind kind, string name, params ReadOnlySpan<Fraction> arguments) =>
        TryFind(kind, name, arguments) ?? Add(new(kind, name, arguments.ToArray()));

    /// <summary>The number of a prime.</summary>
    public int Find(BigInteger prime)
    {
        var found = _atoms.FindIndex(atom => atom.Kind == AtomKind.Prime && atom.Number == prime);
        return found >= 0 ? found : Add(new(AtomKind.Prime, "", [], prime));
    }

    /// <summary>The number of an atom that is equal to this, or null.</summary>
    public int? TryFind(AtomKind kind, string name, params ReadOnlySpan<Fraction> arguments)
    {
        for (var i = 0; i < _atoms.Count; i++)
        {
            var atom = _atoms[i];
            if (atom.Kind != kind || atom.Name != name || atom.Arguments.Count != arguments.Length) continue;
            var j = 0;
            while (j < arguments.Length && areEqual(atom.Arguments[j], arguments[j])) j++;
            if (j == arguments.Length) return i;
        }

        return null;
    }

    private int Add(Atom atom)
    {
        _atoms.Add(atom);
        return _atoms.Count - 1;
    }
}
