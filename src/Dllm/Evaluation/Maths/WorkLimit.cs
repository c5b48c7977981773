namespace Dllm.Evaluation.Maths;

/// <summary>An expression that would take too long to work out: whoever asked decides what that means.</summary>
internal sealed class TooMuchWorkException : Exception
{
    public TooMuchWorkException()
        : base("the expression is too large to work out")
    {
    }
}

/// <summary>Counts the steps of a comparison, so that a hostile expression ends in time.</summary>
/// <param name="steps">How many there may be: products of machine words, about.</param>
internal sealed class WorkLimit(long steps)
{
    private long _left = steps;

    /// <summary>Counts some steps.</summary>
    /// <exception cref="TooMuchWorkException">None are left.</exception>
    public void Count(long steps)
    {
        _left -= steps;
        if (_left < 0) throw new TooMuchWorkException();
    }
}
