using System.Text;

namespace Dllm.Tokenization.Templates;

/// <summary>Renders a template's statements once. Not for use by several threads: a new one for every rendering.</summary>
internal sealed class TemplateRenderer
{
    private readonly RenderContext _context;
    private readonly ExpressionEvaluator _evaluator;
    private readonly StringBuilder _page = new();
    private readonly List<TextSpan> _generated = [];
    private int _pageCodePoints; // of the page, so that no generation block has to count them again

    public TemplateRenderer(RenderContext context)
    {
        _context = context;
        _evaluator = new ExpressionEvaluator(context);
    }

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    public RenderedChat Render(IReadOnlyList<Statement> template, IEnumerable<KeyValuePair<string, object?>> variables)
    {
        var globals = new Scope(null);
        foreach (var (name, function) in TemplateGlobals.All)
            globals.Set(name, function);
        _context.Meter.Run(() =>
        {
            foreach (var (name, value) in variables)
                globals.Set(name, value);
            return Run(template, new Scope(globals), _page);
        });
        return new RenderedChat(_page.ToString(), _generated);
    }

    private Flow Run(IReadOnlyList<Statement> statements, Scope scope, StringBuilder output)
    {
        foreach (var statement in statements)
        {
            var flow = Run(statement, scope, output);
            if (flow != Flow.Next)
                return flow;
        }
        return Flow.Next;
    }

    private Flow Run(Statement statement, Scope scope, StringBuilder output)
    {
        _context.Spend(1);
        _context.Enter();
        try
        {
            WorkMeter.Step();
            return Dispatch(statement, scope, output);
        }
        catch (TemplateFault fault) when (fault.Locate(statement.At))
        {
            throw; // never reached: the filter only tells the fault where it passed
        }
        finally
        {
            _context.Leave();
        }
    }

    private Flow Dispatch(Statement statement, Scope scope, StringBuilder output)
    {
        switch (statement)
        {
            case TextStatement text:
                Write(text.Text, output);
                return Flow.Next;
            case OutputStatement printed:
                Write(PythonText.Str(_context.Required(_evaluator.Evaluate(printed.Value, scope))), output);
                return Flow.Next;
            case IfStatement choice:
                return RunIf(choice, scope, output);
            case ForStatement loop:
                RunFor(loop, _context.Required(_evaluator.Evaluate(loop.Items, scope)), scope, output, depth0: 0);
                return Flow.Next;
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
            case SetStatement set:
                Assign(set.Target, _evaluator.Evaluate(set.Value, scope), scope);
                return Flow.Next;
            case SetBlockStatement set:
                var value = Capture(set.Body, new Scope(scope));
                Assign(set.Target, set.Filter is null ? value : _evaluator.ApplyFilters(set.Filter, value, scope), scope);
                return Flow.Next;
            case WithStatement with:
                return RunWith(with, scope, output);
            case FilterBlockStatement block:
                var captured = Capture(block.Body, new Scope(scope));
                Write(PythonText.Str(_evaluator.ApplyFilters(block.Filter, captured, scope)), output);
                return Flow.Next;
            case MacroStatement macro:
                scope.Set(macro.Macro.Name, Bind(macro.Macro, scope));
                return Flow.Next;
            case CallBlockStatement call:
                RunCallBlock(call, scope, output);
                return Flow.Next;
            case GenerationStatement generation:
                RunGeneration(generation, scope, output);
                return Flow.Next;
            default:
                throw new InvalidOperationException($"{statement.GetType().Name} is not a statement to run");
        }
    }

    private void Write(string text, StringBuilder output)
    {
        _context.Spend(text.Length);
        if (ReferenceEquals(output, _page))
        {
            var joinsPair = _page.Length > 0 && text.Length > 0 && char.IsHighSurrogate(_page[^1]) && char.IsLowSurrogate(text[0]);
            _pageCodePoints += CodePoints.Count(text) - (joinsPair ? 1 : 0);
        }
        output.Append(text);
    }

    private string Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        var output = new StringBuilder();
        Run(body, scope, output);
        return output.ToString();
    }

    private Flow RunIf(IfStatement choice, Scope scope, StringBuilder output)
    {
        foreach (var (test, body) in choice.Branches)
        {
            if (test is null || _evaluator.IsTrue(test, scope))
                return Run(body, scope, output);
        }
        return Flow.Next;
    }

    private void RunFor(ForStatement loop, object? items, Scope scope, StringBuilder output, int depth0)
    {
        Func<object?, object?>? recurse = loop.IsRecursive ? Recurse : null;
        if (loop.Filter is not null)
            items = IteratorValue.Generator(Iteration.Enumerate(items).Where(PassesFilter));
        using var state = new LoopValue(items, recurse, depth0);
        while (state.MoveNext(out var item))
        {
            _context.Spend(1);
            var body = new Scope(scope);
            Assign(loop.Target, item, body);
            body.Set("loop", state);
            if (Run(loop.Body, body, output) == Flow.Break)
                return;
        }
        if (state.Index == 0)
            Run(loop.Otherwise, new Scope(scope), output);

        bool PassesFilter(object? item)
        {
            var inner = new Scope(scope);
            Assign(loop.Target, item, inner);
            return _evaluator.IsTrue(loop.Filter!, inner);
        }

        object? Recurse(object? inner)
        {
            var rendered = new StringBuilder();
            RunFor(loop, inner, scope, rendered, depth0 + 1);
            return rendered.ToString();
        }
    }

    private Flow RunWith(WithStatement with, Scope scope, StringBuilder output)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in with.Bindings)
            Assign(target, _evaluator.Evaluate(value, scope), inner);
        return Run(with.Body, inner, output);
    }

    private void RunCallBlock(CallBlockStatement block, Scope scope, StringBuilder output)
    {
        var arguments = _evaluator.EvaluateArguments(block.Call.Arguments, scope);
        var caller = KeyValuePair.Create("caller", (object?)Bind(block.Caller, scope));
        var withCaller = arguments with { Named = [.. arguments.Named, caller] };
        Write(PythonText.Str(_evaluator.Call(_evaluator.Evaluate(block.Call.Target, scope), withCaller)), output);
    }

    /// <summary>Notes where the block's text comes to stand; in text captured for later that place is where the page ends now.</summary>
    private void RunGeneration(GenerationStatement generation, Scope scope, StringBuilder output)
    {
        var text = Capture(generation.Body, new Scope(scope));
        var start = _pageCodePoints;
        _generated.Add(new TextSpan(start, start + CodePoints.Count(text)));
        Write(text, output);
    }

    private Callable Bind(MacroDefinition macro, Scope scope) => new(macro.Name, (_, arguments) =>
    {
        var body = new Scope(scope);
        MacroArguments.Bind(macro, arguments, body, expression => _evaluator.Evaluate(expression, body));
        return Capture(macro.Body, body);
    });

    private static void Assign(Expression target, object? value, Scope scope)
    {
        switch (target)
        {
            case NameExpression name:
                scope.Set(name.Name, value);
                break;
            case TupleExpression tuple:
                var values = Iteration.Enumerate(value).Take(tuple.Items.Count + 1).ToArray();
                if (values.Length > tuple.Items.Count)
                    throw TemplateFault.Value($"too many values to unpack (expected {tuple.Items.Count})");
                if (values.Length < tuple.Items.Count)
                    throw TemplateFault.Value($"not enough values to unpack (expected {tuple.Items.Count}, got {values.Length})");
                for (var i = 0; i < values.Length; i++)
                    Assign(tuple.Items[i], values[i], scope);
                break;
            case NamespaceTarget attribute:
                if (!scope.TryGet(attribute.Name, out var owner) || owner is not NamespaceValue space)
                    throw new TemplateFault(ChatTemplateErrorKind.Type, "cannot assign attribute on non-namespace object");
                space.Attributes[attribute.Attribute] = value;
                break;
            default:
                throw new InvalidOperationException($"{target.GetType().Name} is not a target to assign to");
        }
    }
}
