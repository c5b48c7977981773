namespace Dllm.Tokenization.Templates;

/// <summary>Functions by name: filters, tests or globals. A filter's or test's first argument is its input.</summary>
internal sealed class FunctionTable
{
    private readonly Dictionary<string, Callable> _functions = [];

    public FunctionTable Add(string name, string[] parameters, Func<RenderContext, BoundArguments, object?> body)
    {
        _functions.Add(name, Callable.Of(new Signature(name, parameters), body));
        return this;
    }

    public FunctionTable Add(string name, string[] parameters, Func<BoundArguments, object?> body) =>
        Add(name, parameters, (_, arguments) => body(arguments));

    /// <summary>A function that reads its arguments itself.</summary>
    public FunctionTable AddVariadic(string name, Func<RenderContext, CallArguments, object?> body)
    {
        _functions.Add(name, new Callable(name, body));
        return this;
    }

    public FunctionTable Alias(string alias, string name)
    {
        _functions.Add(alias, _functions[name]);
        return this;
    }

    public FunctionTable Merge(FunctionTable other)
    {
        foreach (var (name, function) in other._functions)
            _functions.Add(name, function);
        return this;
    }

    public Callable? Find(string name) => _functions.GetValueOrDefault(name);

    public IEnumerable<KeyValuePair<string, Callable>> All => _functions;
}
