using Dllm.Tokenization;

namespace Dllm.Data;

/// <summary>How texts are packed into blocks for pre-training.</summary>
public sealed record TextPackingOptions
{
    /// <summary>Tokens a block, 1 or more; default 1024.</summary>
    public int BlockLength { get; init; } = 1024;

    /// <summary>
    /// Ends every text with the end token unless it already ends so; default true, as the original's recipes have it. False where
    /// neighbouring texts continue each other.
    /// </summary>
    public bool AppendEnd { get; init; } = true;

    /// <summary>Whether a last block that is not full is left out; default true.</summary>
    public bool DropTail { get; init; } = true;

    /// <summary>Whether the tokenizer adds its special tokens (<c>[CLS]</c> …) to each text; default false.</summary>
    public bool AddSpecialTokens { get; init; }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="DllmException">The block length is below 1.</exception>
    public void Validate()
    {
        if (BlockLength < 1)
        {
            throw new DllmException($"the block length {BlockLength} is below 1");
        }
    }
}

/// <summary>
/// Texts to blocks of equal length for pre-training: tokens of all texts, one after the other, cut every so many. Follows the original's
/// <c>tokenize_and_group</c>, but cuts one endless row instead of one of every 1,000 texts, so that only the very last tokens are lost.
/// </summary>
public sealed class TextPacking
{
    private readonly Tokenizer _tokenizer;
    private readonly TextPackingOptions _options;
    private readonly int? _endId;

    /// <summary>Prepares packing.</summary>
    /// <param name="tokenizer">Makes the tokens.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <param name="endId">The end token's id; null (the default) takes the tokenizer's end-of-sequence token.</param>
    /// <exception cref="DllmException">An option is out of range, or an end token is wanted and there is none.</exception>
    public TextPacking(Tokenizer tokenizer, TextPackingOptions? options = null, int? endId = null)
    {
        _tokenizer = tokenizer;
        _options = options ?? new TextPackingOptions();
        _options.Validate();
        _endId = endId ?? tokenizer.SpecialTokens.EosId;
        if (_options.AppendEnd && _endId is null)
        {
            throw new DllmException("the tokenizer has no end-of-sequence token to end each text with", "pack without end tokens");
        }
    }

    /// <summary>The blocks of <paramref name="texts"/>, made as they are asked for. Every token is learnt.</summary>
    public IEnumerable<TokenizedSample> Pack(IEnumerable<string> texts)
    {
        var block = new List<int>(_options.BlockLength);
        foreach (var text in texts)
        {
            foreach (var id in Tokens(text))
            {
                block.Add(id);
                if (block.Count == _options.BlockLength)
                {
                    yield return TokenizedSample.AllTokens([.. block]);
                    block.Clear();
                }
            }
        }

        if (block.Count > 0 && !_options.DropTail)
        {
            yield return TokenizedSample.AllTokens([.. block]);
        }
    }

    private IEnumerable<int> Tokens(string text)
    {
        var ids = _tokenizer.EncodeWithoutMasks(text, _options.AddSpecialTokens);
        return _options.AppendEnd && _endId is { } end && (ids.Length == 0 || ids[^1] != end) ? ids.Append(end) : ids;
    }
}
