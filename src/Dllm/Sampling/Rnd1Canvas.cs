namespace Dllm.Sampling;

/// <summary>The canvases of the original's RND1: the last token of a row is a given end token.</summary>
public static class Rnd1Canvas
{
    /// <summary>Prompts, each followed by masks and an end token.</summary>
    /// <param name="prompts">At least one prompt, as token ids; they may differ in length or be empty.</param>
    /// <param name="newTokens">The tokens behind each prompt, the end token among them: at least 2, or 1 without an end token.</param>
    /// <param name="maskTokenId">The id of the mask token.</param>
    /// <param name="paddingTokenId">The id behind shorter rows.</param>
    /// <param name="endTokenId">The token at the end of each row; null for none.</param>
    /// <exception cref="DllmException">There is no prompt, or nothing to fill.</exception>
    public static Canvas ForCompletion(
        IReadOnlyList<IReadOnlyList<int>> prompts, int newTokens, int maskTokenId, int paddingTokenId, int? endTokenId)
    {
        var masks = newTokens - (endTokenId is null ? 0 : 1);
        if (masks < 1)
        {
            throw new DllmException(
                $"{newTokens} new tokens were asked for, which leaves nothing to fill in front of the end token", "ask for at least 2");
        }

        int[] end = endTokenId is int id ? [id] : [];
        return Canvas.ForGaps([.. prompts.Select(prompt => (prompt, masks, (IReadOnlyList<int>)end))], maskTokenId, paddingTokenId);
    }
}
