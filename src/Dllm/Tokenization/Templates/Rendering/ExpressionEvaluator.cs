namespace Dllm.Tokenization.Templates;

/// <summary>Evaluates expressions by walking their tree.</summary>
internal sealed class ExpressionEvaluator(RenderContext context)
{
    public object? Evaluate(Expression expression, Scope scope)
    {
        context.Spend(1);
        context.Enter();
        try
        {
            WorkMeter.Step();
            return Dispatch(expression, scope);
        }
        catch (TemplateFault fault) when (fault.Locate(expression.At))
        {
            throw; // never reached: the filter only tells the fault where it passed
        }
        finally
        {
            context.Leave();
        }
    }

    public bool IsTrue(Expression expression, Scope scope) => PythonComparison.IsTrue(context.Required(Evaluate(expression, scope)));

    /// <summary>Applies the filters of a block to the block's text.</summary>
    public object? ApplyFilters(FilterExpression filter, object? input, Scope scope)
    {
        WorkMeter.Step();
        if (filter.Input is FilterExpression inner)
            input = ApplyFilters(inner, input, scope);
        return TemplateFilters.Apply(filter.Name, context, EvaluateArguments(filter.Arguments, scope).Prepend(input));
    }

    public CallArguments EvaluateArguments(ArgumentList arguments, Scope scope)
    {
        if (ReferenceEquals(arguments, ArgumentList.Empty))
            return CallArguments.Empty;
        List<object?> positional = [.. arguments.Positional.Select(argument => Evaluate(argument, scope))];
        List<KeyValuePair<string, object?>> named = [.. arguments.Named.Select(pair => KeyValuePair.Create(pair.Name, Evaluate(pair.Value, scope)))];
        if (arguments.Spread is not null)
            positional.AddRange(Iteration.Enumerate(Evaluate(arguments.Spread, scope)));
        if (arguments.SpreadNamed is not null)
        {
            if (Evaluate(arguments.SpreadNamed, scope) is not DictValue dict)
                throw TemplateFault.Type("argument after ** must be a mapping");
            named.AddRange(dict.Items.Select(item => KeyValuePair.Create(PythonText.Str(item.Key), item.Value)));
        }
        return new CallArguments(positional, named);
    }

    public object? Call(object? target, CallArguments arguments)
    {
        switch (target)
        {
            case Callable callable:
                return callable.Invoke(context, arguments);
            case LoopValue loop when arguments.Positional.Count == 1:
                return loop.Recurse(arguments.Positional[0]);
            case Undefined undefined:
                throw undefined.Fault();
            default:
                throw TemplateFault.Type($"'{PythonText.TypeName(target)}' object is not callable");
        }
    }

    private object? Dispatch(Expression expression, Scope scope) => expression switch
    {
        Constant constant => constant.Value,
        NameExpression name => scope.TryGet(name.Name, out var value) ? value : Undefined.Variable(name.Name),
        AttributeExpression attribute => Members.GetAttribute(Evaluate(attribute.Target, scope), attribute.Name),
        SubscriptExpression subscript => Subscript(subscript, scope),
        CallExpression call => Call(Evaluate(call.Target, scope), EvaluateArguments(call.Arguments, scope)),
        FilterExpression filter => Filter(filter, scope),
        TestExpression test => TemplateTests.Check(
            test.Name, context, EvaluateArguments(test.Arguments, scope).Prepend(Evaluate(test.Input, scope))),
        UnaryExpression { Operator: UnaryOperator.Not } not => !IsTrue(not.Operand, scope),
        UnaryExpression unary => Operators.Unary(unary.Operator, Evaluate(unary.Operand, scope)),
        BinaryExpression { Operator: BinaryOperator.And } and => Evaluate(and.Left, scope) is var left && PythonComparison.IsTrue(left)
            ? Evaluate(and.Right, scope)
            : left,
        BinaryExpression { Operator: BinaryOperator.Or } or => Evaluate(or.Left, scope) is var left && PythonComparison.IsTrue(left)
            ? left
            : Evaluate(or.Right, scope),
        BinaryExpression binary => Operators.Binary(
            context, binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope)),
        ConcatenationExpression concatenation => Concatenate(concatenation, scope),
        ComparisonExpression comparison => Compare(comparison, scope),
        ConditionalExpression conditional => Choose(conditional, scope),
        ListExpression list => new ListValue(EvaluateAll(list.Items, scope)),
        TupleExpression tuple => new TupleValue(EvaluateAll(tuple.Items, scope)),
        DictExpression dict => BuildDict(dict, scope),
        SliceExpression => new Undefined("a slice has its brackets to itself"), // x[1:, 2]: no value has such a key
        _ => throw new InvalidOperationException($"{expression.GetType().Name} is not an expression to evaluate"),
    };

    private object? Filter(FilterExpression filter, Scope scope)
    {
        var input = Evaluate(filter.Input!, scope);
        return TemplateFilters.Apply(filter.Name, context, EvaluateArguments(filter.Arguments, scope).Prepend(input));
    }

    private object? Subscript(SubscriptExpression subscript, Scope scope)
    {
        var owner = Evaluate(subscript.Target, scope);
        if (subscript.Index is not SliceExpression slice)
            return Members.GetItem(owner, Evaluate(subscript.Index, scope));
        return Members.Slice(owner, Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step));

        object? Bound(Expression? bound) => bound is null ? null : Evaluate(bound, scope);
    }

    private string Concatenate(ConcatenationExpression concatenation, Scope scope)
    {
        var parts = new string[concatenation.Parts.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = PythonText.Str(context.Required(Evaluate(concatenation.Parts[i], scope)));
            context.Spend(parts[i].Length);
        }
        return string.Concat(parts);
    }

    private bool Compare(ComparisonExpression comparison, Scope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (operation, operand) in comparison.Links)
        {
            var right = Evaluate(operand, scope);
            if (!PythonComparison.Compare(operation, left, right))
                return false;
            left = right;
        }
        return true;
    }

    private object? Choose(ConditionalExpression conditional, Scope scope)
    {
        if (IsTrue(conditional.Test, scope))
            return Evaluate(conditional.Then, scope);
        return conditional.Else is not null
            ? Evaluate(conditional.Else, scope)
            : new Undefined($"the inline if of {conditional.At} is false and has no else");
    }

    private List<object?> EvaluateAll(IReadOnlyList<Expression> expressions, Scope scope)
    {
        var values = new List<object?>(expressions.Count);
        context.Spend(8 + expressions.Count);
        foreach (var expression in expressions)
            values.Add(Evaluate(expression, scope));
        return values;
    }

    private DictValue BuildDict(DictExpression dict, Scope scope)
    {
        var result = new DictValue();
        context.Spend(8 + dict.Items.Count);
        foreach (var (key, value) in dict.Items)
            result.Set(Evaluate(key, scope), Evaluate(value, scope));
        return result;
    }
}
