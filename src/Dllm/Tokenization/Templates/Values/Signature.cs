using System.Numerics;

namespace Dllm.Tokenization.Templates;

/// <summary>
/// Names of a function's parameters, in order; one that ends with "?" may be left out. Binds positional and named arguments
/// as Python does.
/// </summary>
internal sealed class Signature
{
    private readonly string[] _parameters;
    private readonly int _required;

    public Signature(string name, params string[] parameters)
    {
        Name = name;
        _required = parameters.Count(parameter => !parameter.EndsWith('?'));
        _parameters = [.. parameters.Select(parameter => parameter.TrimEnd('?'))];
    }

    public string Name { get; }

    public BoundArguments Bind(CallArguments arguments)
    {
        if (arguments.Positional.Count > _parameters.Length)
            throw TemplateFault.Type($"{Name}() takes at most {_parameters.Length} arguments ({arguments.Positional.Count} given)");
        var bound = new object?[_parameters.Length];
        for (var i = 0; i < bound.Length; i++)
            bound[i] = i < arguments.Positional.Count ? arguments.Positional[i] : BoundArguments.Missing;
        foreach (var (name, value) in arguments.Named)
        {
            var index = Array.IndexOf(_parameters, name);
            if (index < 0)
                throw TemplateFault.Type($"{Name}() got an unexpected keyword argument '{name}'");
            if (index < arguments.Positional.Count)
                throw TemplateFault.Type($"{Name}() got multiple values for argument '{name}'");
            bound[index] = value;
        }
        for (var i = 0; i < _required; i++)
        {
            if (bound[i] == BoundArguments.Missing)
                throw TemplateFault.Type($"{Name}() missing the required argument '{_parameters[i]}'");
        }
        return new BoundArguments(Name, _parameters, bound);
    }
}

/// <summary>Arguments in the order of a <see cref="Signature"/>, read with their Python types checked.</summary>
internal readonly struct BoundArguments(string function, string[] parameters, object?[] values)
{
    internal static readonly object Missing = new();

    public object? this[int index] => values[index] == Missing ? null : values[index];

    public bool Has(int index) => values[index] != Missing;

    public object? Or(int index, object? otherwise) => Has(index) ? values[index] : otherwise;

    public bool Truth(int index, bool otherwise = false) => Has(index) ? PythonComparison.IsTrue(values[index]) : otherwise;

    public string Text(int index) => this[index] as string ?? throw Wrong(index, "str");

    public string? OptionalText(int index) => this[index] is null ? null : Text(index);

    /// <summary>An integer; <paramref name="otherwise"/> where the argument is left out or None.</summary>
    public int Integer(int index, int otherwise) => this[index] is null ? otherwise : Integer(index);

    /// <summary>An integer, clamped to 32 bits: all uses are widths, counts and positions.</summary>
    public int Integer(int index) => this[index] switch
    {
        bool value => value ? 1 : 0,
        long value => (int)Math.Clamp(value, int.MinValue, int.MaxValue),
        BigInteger value => value.Sign < 0 ? int.MinValue : int.MaxValue,
        Undefined undefined => throw undefined.Fault(),
        _ => throw Wrong(index, "int"),
    };

    private TemplateFault Wrong(int index, string expected) => TemplateFault.Type(
        $"{function}() argument '{parameters[index]}' must be {expected}, not {PythonText.TypeName(this[index])}");
}
