namespace Dllm.Training;

/// <summary>How the losses of the micro-batches of one optimiser step are put together.</summary>
public enum GradientAccumulation
{
    /// <summary>Their mean: each is divided by the number of micro-batches. The default.</summary>
    Averaged,

    /// <summary>
    /// Their mean over tokens: each counts by how many of the step's maskable tokens it holds, so a step does not depend on how its rows were
    /// cut into micro-batches (with the loss normalised by token; but for dropout, and rounding).
    /// </summary>
    Tokens,

    /// <summary>Their sum, as the original's trainer does for models whose forward takes extra arguments.</summary>
    Reference,
}
