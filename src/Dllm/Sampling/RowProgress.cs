namespace Dllm.Sampling;

/// <summary>How far a row has come in the current block.</summary>
/// <param name="masks">The masks in the block when it begins.</param>
internal sealed class RowProgress(int masks)
{
    private int _stepsUnfilled;

    /// <summary>By step of the block, the tokens that the noise schedule commits; empty for policies without a schedule.</summary>
    public int[] Plan { get; init; } = [];

    /// <summary>Whether masks that are more than the schedule has left are made up for in the next step: some were masked again.</summary>
    public bool Refills { get; init; }

    /// <summary>The most steps that the row may take in the block, whatever is left then.</summary>
    public int MaxSteps { get; init; } = int.MaxValue;

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

    /// <summary>How many steps running have left masks without filling one, where nothing bounds their number; else 0.</summary>
    public int Stalls => Steps >= Plan.Length && MaxSteps == int.MaxValue && Masks > 0 ? _stepsUnfilled : 0;

    /// <summary>Whether masks are not to be proposed, however it went so far.</summary>
    public bool ForbidsMasks { get; init; }

    /// <summary>Whether the row's text has come to its end.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether the row has nothing more to do in the block.</summary>
    public bool IsDone(IUnmaskingPolicy policy) => IsStopped || Steps >= MaxSteps || policy.IsDone(this);

    /// <summary>The row's text has come to its end: it has nothing more to do.</summary>
    public void Stop() => IsStopped = true;

    /// <summary>Takes a step into account.</summary>
    public void Advance(int changes, int masksLeft)
    {
        Steps++;
        if (Masks == 0) StepsWithoutMasks++;
        _stepsUnfilled = masksLeft < Masks ? 0 : _stepsUnfilled + 1;
        (LastChanges, Masks) = (changes, masksLeft);
    }
}
