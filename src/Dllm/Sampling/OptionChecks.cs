namespace Dllm.Sampling;

/// <summary>Checks that the options of several samplers share; each names the option in its message.</summary>
internal static class OptionChecks
{
    /// <summary>A number of things, or null where none is given.</summary>
    /// <exception cref="DllmException">It is below 1.</exception>
    public static void RequireAtLeastOne(int? value, string what)
    {
        if (value < 1) throw new DllmException($"{what} = {value}, but at least 1 is needed");
    }

    /// <summary>A number from 0 on.</summary>
    /// <exception cref="DllmException">It is negative, infinite, or none.</exception>
    public static void RequireFromZero(double value, string what)
    {
        if (!(value >= 0 && double.IsFinite(value))) throw new DllmException($"{what} is {value}, but must be 0 or more, and finite");
    }

    /// <summary>A probability, from 0 to 1.</summary>
    /// <exception cref="DllmException">It is outside.</exception>
    public static void RequireProbability(double value, string what)
    {
        if (!(value >= 0 && value <= 1)) throw new DllmException($"{what} is {value}, but must be from 0 to 1");
    }

    /// <summary>The share of probability that a filter keeps: above 0, at most 1; null where there is no filter.</summary>
    /// <exception cref="DllmException">It is outside.</exception>
    public static void RequireTopP(double? value)
    {
        if (value is double share && !(share > 0 && share <= 1))
            throw new DllmException($"top-p is {share}, but must be above 0 and at most 1", "use 1 to keep all tokens");
    }

    /// <summary>The share of written tokens that are masked again.</summary>
    /// <param name="share">The share.</param>
    /// <param name="hasConfidence">Whether proposals are committed by how sure they are.</param>
    /// <exception cref="DllmException">It is outside [0, 1), or nothing tells which tokens are the least sure.</exception>
    public static void RequireRemaskShare(double share, bool hasConfidence)
    {
        if (!(share >= 0 && share < 1))
            throw new DllmException($"the share to mask again is {share}, but must be at least 0 and below 1");
        if (share > 0 && !hasConfidence)
        {
            throw new DllmException(
                "masking again goes by confidence, which positions chosen at random have none of",
                "leave out the share to mask again, or choose positions by confidence");
        }
    }

    /// <summary>
    /// Masking again beside a cache that holds what is in front of a block, while the model predicts one place to the left: a block's first
    /// token could not be predicted a second time.
    /// </summary>
    /// <exception cref="DllmException">All three are asked for.</exception>
    public static void RequireFirstTokenInReach(double remaskShare, CacheMode cache, bool isShifted)
    {
        if (!(remaskShare > 0) || cache == CacheMode.None || !isShifted) return;
        throw new DllmException(
            $"the share to mask again is {remaskShare} with the cache {cache.ToString().ToLowerInvariant()} and logits read one place to the left: "
            + "the first token of a block, once written, cannot be predicted from what the cache leaves to read",
            "leave out the share to mask again, or the cache");
    }

    /// <summary>The share of a block from which on the next one is begun; null where blocks follow each other.</summary>
    /// <param name="value">The share.</param>
    /// <param name="isDecidedByModel">Whether the model, not a schedule, decides how many tokens a step commits.</param>
    /// <exception cref="DllmException">It is outside (0, 1], or there is a schedule.</exception>
    public static void RequireBlockAddThreshold(double? value, bool isDecidedByModel)
    {
        if (value is not double share) return;
        if (!(share > 0 && share <= 1))
            throw new DllmException($"the block-add threshold is {share}, but must be above 0 and at most 1", "1 begins a block when the one in front is done");
        if (!isDecidedByModel)
        {
            throw new DllmException(
                "a block-add threshold needs a policy by which the model decides how many tokens a step writes: a schedule is made for one block",
                "give an entropy bound, a threshold or a factor too");
        }
    }

    /// <summary>Ids in a vocabulary.</summary>
    /// <exception cref="DllmException">One is negative or too large.</exception>
    public static void RequireKnown(IReadOnlyList<int> tokens, string what, int vocabularySize)
    {
        foreach (var token in tokens)
        {
            if (token < 0 || token >= vocabularySize)
                throw new DllmException($"{what} {token} is not in the vocabulary", $"use ids from 0 to {vocabularySize - 1}");
        }
    }

    /// <summary>Suppressed tokens that leave one to write.</summary>
    /// <exception cref="DllmException">None is left but the mask, which is no text.</exception>
    public static void RequireTokenLeft(IReadOnlyList<int> suppressed, int maskTokenId, int vocabularySize)
    {
        if (suppressed.Append(maskTokenId).Distinct().Count() >= vocabularySize)
            throw new DllmException($"all {vocabularySize} tokens of the vocabulary but the mask are suppressed", "leave at least one");
    }

    /// <summary>The tokens to write behind prompts of which the longest has <paramref name="longestPrompt"/> tokens.</summary>
    /// <param name="longestPrompt">Its tokens.</param>
    /// <param name="newTokens">What was asked for, if anything.</param>
    /// <param name="maxLength">The tokens of the longest prompt and its answer together; counts where nothing was asked for.</param>
    /// <param name="otherwise">What counts where neither is given.</param>
    /// <exception cref="DllmException">The prompt fills the maximum length already.</exception>
    public static int NewTokens(int longestPrompt, int? newTokens, int? maxLength, int otherwise)
    {
        if (newTokens is int tokens) return tokens;
        if (maxLength is not int length) return otherwise;
        if (longestPrompt < length) return length - longestPrompt;
        throw new DllmException(
            $"the prompt has {longestPrompt} tokens, which leaves no room for an answer in the maximum length of {length}",
            "shorten the prompt or raise the maximum length");
    }

    /// <summary>What is said of remasking where every step writes one token, after which nothing is masked again.</summary>
    public const string RemasksNothing = "remasking has no effect where a step writes one token: ask for fewer steps than new tokens";

    /// <summary>
    /// The block size on a canvas. Texts to fill in have the lengths they have: there a larger block is the whole text.
    /// </summary>
    /// <exception cref="DllmException">The size given is larger than what is to be written behind prompts.</exception>
    public static int BlockSizeFor(Canvas canvas, int? blockSize, int otherwise)
    {
        if (blockSize is int size && size > canvas.Span && canvas.IsCompletion)
            throw new DllmException($"the block size {size} is larger than the {canvas.Span} tokens of the canvas", $"use at most {canvas.Span}");
        return Math.Min(blockSize ?? otherwise, canvas.Span);
    }
}
