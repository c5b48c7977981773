namespace Dllm.Runtime;

/// <summary>
/// Keeps the heap's holes from adding up over the steps of a training run. Steps need blocks of sizes that vary by hundreds of megabytes; what is
/// free after one does not fit the next, and the heap grows. What a step itself leaves in memory is told by the step after a trim; when much
/// more is there, all that is free goes back to the system. That costs page faults, but happens a few times in a run.
/// </summary>
/// <param name="heldBytes">Tells the process's memory.</param>
/// <param name="trim">Gives back what is free.</param>
internal sealed class HeapKeeper(Func<long> heldBytes, Action trim)
{
    private const double Growth = 1.15;
    private const long Least = 64 << 20;
    private long _afterOneStep;
    private bool _trimmed = true; // the first step begins with nothing free

    /// <summary>Of this process's heap.</summary>
    public HeapKeeper()
        : this(() => Environment.WorkingSet, NativeHeap.Trim)
    {
    }

    /// <summary>To be called after each step, when all that it made is freed.</summary>
    public void AfterStep()
    {
        long held = heldBytes();
        if (_trimmed) _afterOneStep = Math.Max(_afterOneStep, held);
        _trimmed = held > (Growth * _afterOneStep) + Least;
        if (_trimmed) trim();
    }
}
