using System.Numerics;

namespace Dllm.Tokenization.Templates;

/// <summary>
/// Python's numbers: integers without bounds (<see cref="long"/> where they fit, else <see cref="BigInteger"/>), floats, and
/// bools that count as 0 and 1. Division and remainder round towards minus infinity.
/// </summary>
internal static class PythonNumber
{
    /// <summary>Integers beyond this many bits are refused: they would only serve to exhaust the host.</summary>
    public const int MaxBits = 1 << 16;

    /// <summary>No written integer of more digits is read; <see cref="MaxBits"/> has about so many decimal ones.</summary>
    public const int MaxDigits = 20_000;

    public static bool IsNumber(object? value) => value is bool or long or BigInteger or double;

    public static bool IsInteger(object? value) => value is bool or long or BigInteger;

    public static object Normalize(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
            return (long)value;
        WorkMeter.Charge(value.GetBitLength() / 64);
        return value.GetBitLength() <= MaxBits ? value : throw TemplateFault.Limit($"an integer is larger than {MaxBits} bits");
    }

    public static BigInteger ToInteger(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        long number => number,
        BigInteger number => number,
        _ => throw new ArgumentException("not an integer", nameof(value)),
    };

    public static double ToDouble(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        long number => number,
        BigInteger number => Finite((double)number, "int too large to convert to float"),
        double number => number,
        _ => throw new ArgumentException("not a number", nameof(value)),
    };

    /// <summary>The whole part of a float, as <c>int()</c> takes it.</summary>
    public static object Truncate(double value)
    {
        if (double.IsNaN(value))
            throw TemplateFault.Value("cannot convert float NaN to integer");
        if (double.IsInfinity(value))
            throw Arithmetic("cannot convert float infinity to integer");
        return Normalize(new BigInteger(Math.Truncate(value)));
    }

    public static object Negate(object? value) => value is double number ? -number : Normalize(-ToInteger(value));

    /// <summary>A binary operation on two numbers.</summary>
    public static object Binary(BinaryOperator operation, object? left, object? right) =>
        left is double || right is double || operation == BinaryOperator.Divide
            ? OnFloats(operation, ToDouble(left), ToDouble(right))
            : OnIntegers(operation, left, right);

    private static object OnIntegers(BinaryOperator operation, object? left, object? right)
    {
        if (left is long a && right is long b && TryFast(operation, a, b, out var result))
            return result;
        var (x, y) = (ToInteger(left), ToInteger(right));
        if (y.IsZero && operation is BinaryOperator.FloorDivide or BinaryOperator.Modulo)
            throw Arithmetic("integer division or modulo by zero");
        return operation switch
        {
            BinaryOperator.Add => Normalize(x + y),
            BinaryOperator.Subtract => Normalize(x - y),
            BinaryOperator.Multiply => Normalize(x * y),
            BinaryOperator.FloorDivide => Normalize(FloorDivide(x, y)),
            BinaryOperator.Modulo => Normalize(x - (FloorDivide(x, y) * y)),
            _ => Power(x, y),
        };
    }

    private static bool TryFast(BinaryOperator operation, long left, long right, out object result)
    {
        var (isExact, value) = operation switch
        {
            BinaryOperator.Add => (true, (Int128)left + right),
            BinaryOperator.Subtract => (true, (Int128)left - right),
            BinaryOperator.Multiply => (true, (Int128)left * right),
            _ => (false, 0),
        };
        result = (long)value;
        return isExact && value == (long)value;
    }

    private static BigInteger FloorDivide(BigInteger left, BigInteger right)
    {
        var quotient = BigInteger.DivRem(left, right, out var remainder);
        return !remainder.IsZero && remainder.Sign != right.Sign ? quotient - 1 : quotient;
    }

    private static object Power(BigInteger x, BigInteger exponent)
    {
        if (exponent.Sign < 0)
            return OnFloats(BinaryOperator.Power, ToDouble(Normalize(x)), ToDouble(Normalize(exponent)));
        if (BigInteger.Abs(x) <= 1)
            return Normalize(x.IsZero ? (exponent.IsZero ? 1 : 0) : (x.Sign > 0 || exponent.IsEven ? 1 : -1));
        if (exponent > MaxBits || x.GetBitLength() * (long)exponent > 2 * MaxBits)
            throw TemplateFault.Limit($"an integer is larger than {MaxBits} bits");
        return Normalize(BigInteger.Pow(x, (int)exponent));
    }

    private static object OnFloats(BinaryOperator operation, double left, double right)
    {
        if (right == 0 && operation is BinaryOperator.Divide or BinaryOperator.FloorDivide or BinaryOperator.Modulo)
            throw Arithmetic(operation == BinaryOperator.Divide ? "division by zero" : "float floor division or modulo by zero");
        return operation switch
        {
            BinaryOperator.Add => left + right,
            BinaryOperator.Subtract => left - right,
            BinaryOperator.Multiply => left * right,
            BinaryOperator.Divide => left / right,
            BinaryOperator.FloorDivide => FloorDivide(left, right),
            BinaryOperator.Modulo => Modulo(left, right),
            _ => PowerOfFloats(left, right),
        };
    }

    private static double FloorDivide(double left, double right)
    {
        var quotient = (left - Modulo(left, right)) / right;
        if (quotient == 0)
            return Math.CopySign(0, left / right);
        var floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double Modulo(double left, double right)
    {
        var remainder = left % right;
        if (remainder == 0)
            return Math.CopySign(0, right);
        return remainder < 0 != right < 0 ? remainder + right : remainder;
    }

    private static double PowerOfFloats(double left, double right)
    {
        if (left == 0 && right < 0)
            throw Arithmetic("0.0 cannot be raised to a negative power");
        if (left < 0 && right != Math.Floor(right))
            throw TemplateFault.Type("complex numbers are not supported");
        var result = Math.Pow(left, right);
        return double.IsInfinity(left) || double.IsInfinity(right) ? result : Finite(result, "Numerical result out of range");
    }

    private static double Finite(double value, string message) => double.IsInfinity(value) ? throw Arithmetic(message) : value;

    private static TemplateFault Arithmetic(string message) => new(ChatTemplateErrorKind.Arithmetic, message);
}
