namespace Dllm.Tokenization.Templates;

/// <summary>A method of the values of one type.</summary>
internal sealed record Method<TOwner>(Signature Signature, Func<TOwner, RenderContext, BoundArguments, object?> Body)
{
    public Callable Bind(TOwner owner) => Callable.Of(Signature, (context, arguments) =>
    {
        context.Spend(WorkMeter.Reading(owner));
        return Body(owner, context, arguments);
    });
}

/// <summary>The methods of the values of one type, by name.</summary>
internal sealed class MethodTable<TOwner>
{
    private readonly Dictionary<string, Method<TOwner>> _methods = [];

    public MethodTable<TOwner> Add(string name, Func<TOwner, object?> body) => Add(name, [], (owner, _, _) => body(owner));

    public MethodTable<TOwner> Add(string name, string[] parameters, Func<TOwner, BoundArguments, object?> body) =>
        Add(name, parameters, (owner, _, arguments) => body(owner, arguments));

    public MethodTable<TOwner> Add(string name, string[] parameters, Func<TOwner, RenderContext, BoundArguments, object?> body)
    {
        _methods.Add(name, new Method<TOwner>(new Signature(name, parameters), body));
        return this;
    }

    public Callable? Find(TOwner owner, string name) => _methods.TryGetValue(name, out var method) ? method.Bind(owner) : null;
}
