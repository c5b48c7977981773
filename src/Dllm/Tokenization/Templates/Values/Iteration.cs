namespace Dllm.Tokenization.Templates;

/// <summary>What can be walked over, and what has a length.</summary>
internal static class Iteration
{
    /// <summary>The items that a <c>for</c> over the value sees, or null when it has none to give.</summary>
    public static IEnumerable<object?>? TryEnumerate(object? value) => value switch
    {
        string text => CodePoints.Split(text),
        DictValue dict => dict.Keys,
        Undefined => [],
        IEnumerable<object?> items => items,
        _ => null,
    };

    /// <summary>The items that a <c>for</c> over the value sees; each counts as a step where it is taken.</summary>
    public static IEnumerable<object?> Enumerate(object? value) =>
        Charged(TryEnumerate(value) ?? throw TemplateFault.Type($"'{PythonText.TypeName(value)}' object is not iterable"));

    private static IEnumerable<object?> Charged(IEnumerable<object?> items)
    {
        foreach (var item in items)
        {
            WorkMeter.Charge(1);
            yield return item;
        }
    }

    /// <summary>The value's length, or null when it has none.</summary>
    public static int? TryCount(object? value) => value switch
    {
        string text => CodePoints.Count(text),
        SequenceValue sequence => sequence.Count,
        DictValue dict => dict.Count,
        DictView view => view.Count,
        LoopValue loop => loop.Length,
        Undefined => 0,
        _ => null,
    };

    public static int Count(object? value) =>
        TryCount(value) ?? throw TemplateFault.Type($"object of type '{PythonText.TypeName(value)}' has no len()");
}
