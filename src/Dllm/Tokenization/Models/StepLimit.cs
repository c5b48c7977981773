namespace Dllm.Tokenization;

/// <summary>
/// A bound on the steps of a search that tries tokens at every place of a text. Tokens that overlap (a thousand <c>a</c> in a text of nothing
/// else) make the steps grow with the square of the length; no published vocabulary comes near the bound.
/// </summary>
/// <param name="length">UTF-16 units of the text.</param>
internal sealed class StepLimit(int length)
{
    private const long PerCharacter = 256;
    private const long AlwaysAllowed = 1 << 20;

    private long _left = AlwaysAllowed + (PerCharacter * length);

    /// <summary>Accounts for steps done.</summary>
    /// <exception cref="DllmException">They are too many.</exception>
    public void Take(int steps)
    {
        _left -= steps;
        if (_left < 0)
        {
            throw new DllmException(
                $"the tokenizer's vocabulary holds tokens of such length that a text of {length:N0} characters takes too many steps",
                "it cannot be used for this text");
        }
    }
}
