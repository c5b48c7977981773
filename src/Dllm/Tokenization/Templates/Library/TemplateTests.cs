using System.Numerics;

namespace Dllm.Tokenization.Templates;

/// <summary>All tests that templates can use with <c>value is name</c>.</summary>
internal static class TemplateTests
{
    private static readonly FunctionTable Table = new FunctionTable()
        .Add("defined", ["value"], a => a[0] is not Undefined)
        .Add("undefined", ["value"], a => a[0] is Undefined)
        .Add("none", ["value"], a => a[0] is null)
        .Add("boolean", ["value"], a => a[0] is bool)
        .Add("true", ["value"], a => a[0] is true)
        .Add("false", ["value"], a => a[0] is false)
        .Add("integer", ["value"], a => a[0] is long or BigInteger)
        .Add("float", ["value"], a => a[0] is double)
        .Add("number", ["value"], a => PythonNumber.IsNumber(a[0]))
        .Add("string", ["value"], a => a[0] is string)
        .Add("mapping", ["value"], a => a[0] is DictValue)
        .Add("sequence", ["value"], a => a[0] is string or SequenceValue or DictValue or Undefined)
        .Add("iterable", ["value"], a => Iteration.TryEnumerate(a[0]) is not null)
        .Add("callable", ["value"], a => a[0] is Callable or LoopValue or Undefined)
        .Add("lower", ["value"], a => PythonCase.IsLower(PythonText.Str(a[0])))
        .Add("upper", ["value"], a => PythonCase.IsUpper(PythonText.Str(a[0])))
        .Add("escaped", ["value"], a => false)
        .Add("odd", ["value"], (context, a) => HasRemainder(context, a[0], 2L, 1L))
        .Add("even", ["value"], (context, a) => HasRemainder(context, a[0], 2L, 0L))
        .Add("divisibleby", ["value", "num"], (context, a) => HasRemainder(context, a[0], a[1], 0L))
        .Add("sameas", ["value", "other"], a => AreSame(a[0], a[1]))
        .Add("in", ["value", "seq"], a => PythonComparison.Contains(a[1], a[0]))
        .Add("filter", ["value"], a => a[0] is string name && TemplateFilters.Exists(name))
        .Add("test", ["value"], a => a[0] is string name && Exists(name))
        .AddComparison(ComparisonOperator.Equal, "==", "eq", "equalto")
        .AddComparison(ComparisonOperator.NotEqual, "!=", "ne")
        .AddComparison(ComparisonOperator.Greater, ">", "gt", "greaterthan")
        .AddComparison(ComparisonOperator.GreaterOrEqual, ">=", "ge")
        .AddComparison(ComparisonOperator.Less, "<", "lt", "lessthan")
        .AddComparison(ComparisonOperator.LessOrEqual, "<=", "le");

    public static bool Exists(string name) => Table.Find(name) is not null;

    public static bool Check(string name, RenderContext context, CallArguments arguments)
    {
        var test = Table.Find(name) ?? throw new TemplateFault(ChatTemplateErrorKind.Syntax, $"No test named '{name}'.");
        return PythonComparison.IsTrue(test.Invoke(context, arguments));
    }

    private static FunctionTable AddComparison(this FunctionTable table, ComparisonOperator comparison, params string[] names)
    {
        foreach (var name in names)
            table.Add(name, ["value", "other"], a => PythonComparison.Compare(comparison, a[0], a[1]));
        return table;
    }

    private static object HasRemainder(RenderContext context, object? value, object? divisor, object remainder) =>
        PythonComparison.AreEqual(Operators.Binary(context, BinaryOperator.Modulo, value, divisor), remainder);

    /// <summary>Identity; equal small values are one object in Python, so values without identity count as the same when equal.</summary>
    private static object AreSame(object? value, object? other) => value is null or bool or long or double or string
        ? value?.GetType() == other?.GetType() && PythonComparison.AreEqual(value, other)
        : ReferenceEquals(value, other);
}
