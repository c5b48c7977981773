using System.Numerics;

namespace Dllm.Tokenization.Templates;

/// <summary>Truth, equality, order, hashes and containment as Python defines them.</summary>
internal static class PythonComparison
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        BigInteger number => !number.IsZero,
        string text => text.Length > 0,
        SequenceValue sequence => sequence.Count > 0,
        DictValue dict => dict.Count > 0,
        DictView view => view.Count > 0,
        _ => true,
    };

    public static bool AreEqual(object? left, object? right)
    {
        WorkMeter.Step();
        return (left, right) switch
        {
            (string a, string b) => AreEqual(a, b),
            (null, null) => true,
            (long a, long b) => a == b,
            _ when PythonNumber.IsNumber(left) && PythonNumber.IsNumber(right) => CompareNumbers(left, right) == 0,
            (ListValue a, ListValue b) => AreEqual(a, b),
            (TupleValue a, TupleValue b) => AreEqual(a, b),
            (RangeValue a, RangeValue b) => AreEqual((SequenceValue)a, b),
            (DictValue a, DictValue b) => AreEqual(a, b),
            (Undefined, Undefined) => true,
            _ => ReferenceEquals(left, right),
        };
    }

    public static int Hash(object? value)
    {
        WorkMeter.Step();
        switch (value)
        {
            case null or Undefined:
                return 0;
            case string text:
                WorkMeter.ChargeReading(text.Length);
                return text.GetHashCode();
            case bool truth:
                return HashOf(truth ? 1 : 0);
            case long number:
                return HashOf(number);
            case BigInteger number:
                return number.GetHashCode();
            case double number when number == Math.Floor(number) && Math.Abs(number) < 9e18:
                return HashOf((long)number);
            case double number when number == Math.Floor(number) && double.IsFinite(number):
                return new BigInteger(number).GetHashCode();
            case double number:
                return HashCode.Combine(number);
            case TupleValue tuple:
                var hash = new HashCode();
                foreach (var item in tuple)
                    hash.Add(Hash(item));
                return hash.ToHashCode();
            case ListValue or DictValue:
                throw TemplateFault.Type($"unhashable type: '{PythonText.TypeName(value)}'");
            default:
                return value.GetHashCode();
        }
    }

    /// <summary>Mixed with the process's seed: a template must not choose keys that all fall in one place.</summary>
    private static int HashOf(long number) => HashCode.Combine(number);

    private static bool AreEqual(string left, string right)
    {
        if (left.Length == right.Length)
            WorkMeter.ChargeReading(left.Length);
        return left == right;
    }

    /// <summary>The sign of <paramref name="left"/> against <paramref name="right"/>; null when neither is less (NaN).</summary>
    /// <param name="left">The value on the operator's left.</param>
    /// <param name="right">The value on its right.</param>
    /// <param name="symbol">The operator that asks, for the message when the two have no order.</param>
    public static int? Order(object? left, object? right, string symbol)
    {
        WorkMeter.Step();
        switch (left, right)
        {
            case (string a, string b):
                return CodePoints.Compare(a, b);
            case (ListValue or TupleValue, ListValue or TupleValue) when left.GetType() == right.GetType():
                return OrderItems((SequenceValue)left, (SequenceValue)right, symbol);
            case (Undefined undefined, _):
                throw undefined.Fault();
            case (_, Undefined undefined):
                throw undefined.Fault();
            default:
                if (PythonNumber.IsNumber(left) && PythonNumber.IsNumber(right))
                    return CompareNumbers(left, right);
                var (leftType, rightType) = (PythonText.TypeName(left), PythonText.TypeName(right));
                throw TemplateFault.Type($"'{symbol}' not supported between instances of '{leftType}' and '{rightType}'");
        }
    }

    public static bool Compare(ComparisonOperator comparison, object? left, object? right) => comparison switch
    {
        ComparisonOperator.Equal => AreEqual(left, right),
        ComparisonOperator.NotEqual => !AreEqual(left, right),
        ComparisonOperator.Less => Order(left, right, "<") < 0,
        ComparisonOperator.LessOrEqual => Order(left, right, "<=") <= 0,
        ComparisonOperator.Greater => Order(left, right, ">") > 0,
        ComparisonOperator.GreaterOrEqual => Order(left, right, ">=") >= 0,
        ComparisonOperator.In => Contains(right, left),
        _ => !Contains(right, left),
    };

    public static bool Contains(object? container, object? item)
    {
        switch (container)
        {
            case string text:
                return item is string part
                    ? TextSearch.Contains(text, part)
                    : throw TemplateFault.Type($"'in <string>' requires string as left operand, not {PythonText.TypeName(item)}");
            case DictValue dict:
                return dict.TryGet(item, out _);
            case Undefined:
                return false;
            case IEnumerable<object?> items:
                return items.Any(candidate => AreEqual(candidate, item));
            default:
                throw TemplateFault.Type($"argument of type '{PythonText.TypeName(container)}' is not iterable");
        }
    }

    private static bool AreEqual(SequenceValue left, SequenceValue right)
    {
        if (ReferenceEquals(left, right))
            return true;
        if (left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (!AreEqual(left[i], right[i]))
                return false;
        }
        return true;
    }

    private static bool AreEqual(DictValue left, DictValue right) =>
        left.Count == right.Count
        && left.Items.All(item => right.TryGet(item.Key, out var value) && AreEqual(item.Value, value));

    private static int? OrderItems(SequenceValue left, SequenceValue right, string symbol)
    {
        var count = Math.Min(left.Count, right.Count);
        for (var i = 0; i < count; i++)
        {
            if (!AreEqual(left[i], right[i]))
                return Order(left[i], right[i], symbol);
        }
        return left.Count - right.Count;
    }

    private static int? CompareNumbers(object? left, object? right)
    {
        if (left is not double && right is not double)
            return PythonNumber.ToInteger(left).CompareTo(PythonNumber.ToInteger(right));
        if (left is double a && right is double b)
            return double.IsNaN(a) || double.IsNaN(b) ? null : a.CompareTo(b);
        return left is double number
            ? CompareToInteger(number, PythonNumber.ToInteger(right))
            : -CompareToInteger((double)right!, PythonNumber.ToInteger(left));
    }

    /// <summary>Exact, also where the integer has more digits than a float can hold.</summary>
    private static int? CompareToInteger(double number, BigInteger integer)
    {
        if (double.IsNaN(number))
            return null;
        if (double.IsInfinity(number))
            return number > 0 ? 1 : -1;
        var whole = new BigInteger(Math.Floor(number));
        var order = whole.CompareTo(integer);
        return order == 0 && number > Math.Floor(number) ? 1 : order;
    }
}
