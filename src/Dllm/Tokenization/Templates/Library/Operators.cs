namespace Dllm.Tokenization.Templates;

/// <summary>The arithmetic operators on all values that Python defines them for.</summary>
internal static class Operators
{
    public static object? Binary(RenderContext context, BinaryOperator operation, object? left, object? right)
    {
        if (PythonNumber.IsNumber(left) && PythonNumber.IsNumber(right))
            return PythonNumber.Binary(operation, left, right);
        if (operation == BinaryOperator.Modulo && left is string format)
            return PercentFormat.Format(context, format, right);
        if (left is Undefined missing)
            throw missing.Fault();
        if (right is Undefined absent)
            throw absent.Fault();
        return operation switch
        {
            BinaryOperator.Add => Add(context, left, right),
            BinaryOperator.Multiply when PythonNumber.IsInteger(right) => Repeat(context, left, right, left, right),
            BinaryOperator.Multiply when PythonNumber.IsInteger(left) => Repeat(context, right, left, left, right),
            _ => throw Unsupported(operation, left, right),
        };
    }

    public static object Unary(UnaryOperator operation, object? operand)
    {
        if (operand is Undefined undefined)
            throw undefined.Fault();
        if (!PythonNumber.IsNumber(operand))
        {
            var symbol = operation == UnaryOperator.Negate ? '-' : '+';
            throw TemplateFault.Type($"bad operand type for unary {symbol}: '{PythonText.TypeName(operand)}'");
        }
        return operation == UnaryOperator.Negate ? PythonNumber.Negate(operand)
            : operand is double ? operand
            : PythonNumber.Normalize(PythonNumber.ToInteger(operand));
    }

    private static object Add(RenderContext context, object? left, object? right)
    {
        switch (left, right)
        {
            case (string a, string b):
                context.Spend(a.Length + b.Length);
                return a + b;
            case (ListValue a, ListValue b):
                context.Spend(a.Count + b.Count);
                return new ListValue([.. a, .. b]);
            case (TupleValue a, TupleValue b):
                context.Spend(a.Count + b.Count);
                return new TupleValue([.. a, .. b]);
            case (string or ListValue or TupleValue, _):
                var type = PythonText.TypeName(left);
                throw TemplateFault.Type($"can only concatenate {type} (not \"{PythonText.TypeName(right)}\") to {type}");
            default:
                throw Unsupported(BinaryOperator.Add, left, right);
        }
    }

    private static object Repeat(RenderContext context, object? value, object? times, object? left, object? right)
    {
        var count = PythonNumber.ToInteger(times);
        if (count.Sign < 0)
            count = 0;
        if (value is not (string or ListValue or TupleValue))
            throw Unsupported(BinaryOperator.Multiply, left, right);
        var length = count * (value is string text ? text.Length : ((SequenceValue)value).Count);
        context.Spend((long)System.Numerics.BigInteger.Min(length, long.MaxValue / 2));
        if (length.IsZero)
            count = 0;
        return value switch
        {
            string repeated => string.Concat(Enumerable.Repeat(repeated, (int)count)),
            TupleValue tuple => new TupleValue([.. Enumerable.Repeat(tuple, (int)count).SelectMany(items => items)]),
            _ => new ListValue([.. Enumerable.Repeat((ListValue)value, (int)count).SelectMany(items => items)]),
        };
    }

    private static TemplateFault Unsupported(BinaryOperator operation, object? left, object? right)
    {
        var symbol = operation switch
        {
            BinaryOperator.Add => "+",
            BinaryOperator.Subtract => "-",
            BinaryOperator.Multiply => "*",
            BinaryOperator.Divide => "/",
            BinaryOperator.FloorDivide => "//",
            BinaryOperator.Modulo => "%",
            _ => "** or pow()",
        };
        var (leftType, rightType) = (PythonText.TypeName(left), PythonText.TypeName(right));
        return TemplateFault.Type($"unsupported operand type(s) for {symbol}: '{leftType}' and '{rightType}'");
    }
}
