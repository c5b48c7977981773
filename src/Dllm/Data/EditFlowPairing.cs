namespace Dllm.Data;

/// <summary>The two ends of an edit flow: a sequence to start from and the text it is edited into.</summary>
/// <param name="Source">Ids to start from (x0): the prompt, or the beginning-of-sequence token, and then what the source adds.</param>
/// <param name="Target">Ids to arrive at (x1).</param>
public sealed record EditFlowPair(int[] Source, int[] Target);

/// <summary>What an edit flow starts from, after the prompt: nothing, or a run of masks.</summary>
/// <param name="Tail">The ids that follow the prompt; empty or masks.</param>
public sealed record EditFlowSource(int[] Tail)
{
    private const int DefaultMasks = 128;

    /// <summary>Nothing: the flow only inserts (as in OneFlow, arXiv 2510.03506).</summary>
    public static EditFlowSource Empty { get; } = new([]);

    /// <summary>A run of masks to substitute, delete, or insert between.</summary>
    public static EditFlowSource Masks(int maskId, int length = DefaultMasks) => length >= 0
        ? new(Enumerable.Repeat(maskId, length).ToArray())
        : throw new DllmException($"a source of {length} masks is not possible");

    /// <summary>Reads <c>empty</c>, <c>masks</c> (128 of them) or <c>masks[length:N]</c>, as the original's settings spell it.</summary>
    /// <param name="text">The specification; upper and lower case are alike.</param>
    /// <param name="maskId">The tokenizer's mask; null if it has none.</param>
    /// <exception cref="DllmException">Another name or key, or masks of a tokenizer without a mask.</exception>
    public static EditFlowSource Parse(string text, int? maskId)
    {
        var spec = NamedSpec.Parse(text);
        var name = spec.Name?.ToLowerInvariant();
        if (name is not ("empty" or "masks"))
        {
            throw new DllmException($"unknown edit-flow source '{text}'", "take empty, masks or masks[length:N]");
        }

        if (spec.Texts.Count > 0 || spec.Numbers.Keys.Any(key => key != "length" || name == "empty"))
        {
            throw new DllmException($"edit-flow source '{text}' has a key that it does not know", "take empty, masks or masks[length:N]");
        }

        return name == "empty" ? Empty : Masks(
            maskId ?? throw new DllmException("an edit-flow source of masks needs a tokenizer with a mask token"),
            spec.Numbers.GetValueOrDefault("length", DefaultMasks));
    }
}

/// <summary>
/// Makes the pairs that the edit-flow objective aligns; they stay managed, because alignment needs lists and not padded tensors.
/// Follows the original's <c>EditFlowCollator</c>.
/// </summary>
/// <param name="source">What each flow starts from.</param>
/// <param name="bosId">The token put before texts without a prompt, unless they begin with it; null if the tokenizer has none.</param>
public sealed class EditFlowPairing(EditFlowSource source, int? bosId)
{
    /// <summary>The pair of each sample.</summary>
    /// <exception cref="DllmException">A sample has no prompt and there is no beginning-of-sequence token.</exception>
    public IReadOnlyList<EditFlowPair> Pair(IReadOnlyList<TokenizedSample> samples) => samples.Select(Pair).ToArray();

    private EditFlowPair Pair(TokenizedSample sample)
    {
        if (sample.PromptLength is { } prompt)
        {
            return new([.. sample.Ids[..prompt], .. source.Tail], sample.Ids);
        }

        var bos = bosId ?? throw new DllmException("texts without a prompt need a beginning-of-sequence token to start an edit flow from");
        int[] target = sample.Length > 0 && sample.Ids[0] == bos ? sample.Ids : [bos, .. sample.Ids];
        return new([bos, .. source.Tail], target);
    }
}
