namespace Dllm.Tokenization.Templates;

/// <summary>A function or a bound method that a template can call.</summary>
internal sealed class Callable(string name, Func<RenderContext, CallArguments, object?> body)
{
    public string Name { get; } = name;

    /// <summary>Calls it; what it is given and what it returns count as work.</summary>
    public object? Invoke(RenderContext context, CallArguments arguments)
    {
        foreach (var argument in arguments.Positional)
            context.Spend(WorkMeter.Reading(argument));
        foreach (var argument in arguments.Named)
            context.Spend(WorkMeter.Reading(argument.Value));
        var result = body(context, arguments);
        context.Spend(WorkMeter.Making(result));
        return result;
    }

    /// <summary>A function with a fixed list of parameters.</summary>
    public static Callable Of(Signature signature, Func<RenderContext, BoundArguments, object?> body) =>
        new(signature.Name, (context, arguments) => body(context, signature.Bind(arguments)));
}

/// <summary>The evaluated arguments of a call.</summary>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyList<KeyValuePair<string, object?>> Named)
{
    public static CallArguments Empty { get; } = new([], []);

    public static CallArguments Of(params object?[] positional) => new(positional, []);

    public bool TryGetNamed(string name, out object? value)
    {
        foreach (var pair in Named)
        {
            if (pair.Key == name)
            {
                value = pair.Value;
                return true;
            }
        }
        value = null;
        return false;
    }

    public CallArguments Skip(int count) => this with { Positional = [.. Positional.Skip(count)] };

    public CallArguments Prepend(object? first) => this with { Positional = [first, .. Positional] };
}
