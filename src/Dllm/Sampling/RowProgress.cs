namespace Dllm.Sampling;

/// <summary>How far a row has come in the current block.</summary>
/// <param name="masks">The masks in the block when it begins.</param>
internal sealed class RowProgress(int masks)
{
    private bool _lastFilled;

    /// <summary>By step of the block, the tokens that the noise schedule commits; empty for policies without a schedule.</summary>
    public int[] Plan { get; init; } = [];

    /// <summary>Whether masks that are more than the schedule has left are made up for in the next step: some were masked again.</summary>
    public bool Refills { get; init; }

    /// <summary>The steps taken in this block.</summary>
    public int Steps { get; private set; }

    /// <summary>The masks left in the block.</summary>
    public int Masks { get; private set; } = masks;

    /// <summary>Of the steps taken, those that began without a mask in the block.</summary>
    public int StepsWithoutMasks { get; private set; }

    /// <summary>The tokens that the last step changed.</summary>
    public int LastChanges { get; private set; }

    /// <summary>The tokens that the schedule commits in the next step.</summary>
    public int Quota => Steps >= Plan.Length ? 0 : Refills ? Math.Max(Plan[Steps], Masks - Plan[(Steps + 1)..].Sum()) : Plan[Steps];

    /// <summary>Whether masks are not to be proposed, however it went so far.</summary>
    public bool ForbidsMasks { get; init; }

    /// <summary>
    /// Whether masks must not be proposed any more: the last step left masks without filling one, and no plan bounds the number of such
    /// steps.
    /// </summary>
    public bool HasStalled => ForbidsMasks || (Steps >= Math.Max(Plan.Length, 1) && Masks > 0 && !_lastFilled);

    /// <summary>Whether the row's text has come to its end.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether the row has nothing more to do in the block.</summary>
    public bool IsDone(IUnmaskingPolicy policy) => IsStopped || policy.IsDone(this);

    /// <summary>The row's text has come to its end: it has nothing more to do.</summary>
    public void Stop() => IsStopped = true;

    /// <summary>Takes a step into account.</summary>
    public void Advance(int changes, int masksLeft)
    {
        Steps++;
        if (Masks == 0) StepsWithoutMasks++;
        _lastFilled = masksLeft < Masks;
        (LastChanges, Masks) = (changes, masksLeft);
    }
}
