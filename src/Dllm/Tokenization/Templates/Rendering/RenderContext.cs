namespace Dllm.Tokenization.Templates;

/// <summary>What one rendering carries through all functions: the work it may still do, its nesting and its clock.</summary>
internal sealed class RenderContext(ChatTemplateLimits limits, TimeProvider clock, TemplateDialect dialect)
{
    private int _depth;

    public TimeProvider Clock { get; } = clock;

    /// <summary>The work and the time that are left.</summary>
    public WorkMeter Meter { get; } = new(limits);

    /// <summary>A value about to be written, tested or walked over; where the dialect is strict it has to be there.</summary>
    public object? Required(object? value) => dialect.IsStrict && value is Undefined undefined ? throw undefined.Fault() : value;

    /// <summary>
    /// Accounts for work about to be done: one unit a step of the evaluator, and one for every character or item of a result.
    /// Every call is charged for what it is given and what it returns (<see cref="Callable"/>); functions whose result can be much
    /// longer than their input call it before they build the result.
    /// </summary>
    public void Spend(long work) => Meter.Spend(work);

    /// <summary>Enters a nested call or expression; pair with <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (++_depth > limits.MaxDepth)
            throw TemplateFault.Limit($"the template nests calls and expressions deeper than {limits.MaxDepth} levels");
    }

    public void Leave() => _depth--;
}
