namespace Dllm.Tokenization.Templates;

/// <summary>Binds the arguments of a call to a macro's parameters, surplus ones to the special names that its body reads.</summary>
internal static class MacroArguments
{
    public static void Bind(MacroDefinition macro, CallArguments arguments, Scope body, Func<Expression, object?> evaluate)
    {
        var positional = arguments.Positional;
        var named = new OrderedDictionary<string, object?>();
        foreach (var (name, value) in arguments.Named)
            named[name] = value;
        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var (name, defaultValue) = macro.Parameters[i];
            if (i < positional.Count)
                body.Set(name, positional[i]);
            else if (named.Remove(name, out var value))
                body.Set(name, value);
            else
                body.Set(name, defaultValue is null ? new Undefined($"parameter '{name}' was not provided") : evaluate(defaultValue));
        }
        if (macro.TakesCaller)
            body.Set("caller", named.Remove("caller", out var caller) ? caller : new Undefined("No caller defined"));
        BindSurplus(macro, positional, named, body);
    }

    private static void BindSurplus(
        MacroDefinition macro, IReadOnlyList<object?> positional, OrderedDictionary<string, object?> named, Scope body)
    {
        if (macro.TakesNamed)
        {
            var rest = new DictValue();
            foreach (var (name, value) in named)
                rest.Set(name, value);
            body.Set("kwargs", rest);
        }
        else if (named.Count > 0)
        {
            throw TemplateFault.Type($"macro '{macro.Name}' takes no keyword argument '{named.GetAt(0).Key}'");
        }
        if (macro.TakesPositional)
            body.Set("varargs", new TupleValue([.. positional.Skip(macro.Parameters.Count)]));
        else if (positional.Count > macro.Parameters.Count)
            throw TemplateFault.Type($"macro '{macro.Name}' takes not more than {macro.Parameters.Count} argument(s)");
    }
}
