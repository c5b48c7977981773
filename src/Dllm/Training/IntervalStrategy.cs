namespace Dllm.Training;

/// <summary>When to evaluate or save.</summary>
public enum IntervalStrategy
{
    /// <summary>Never.</summary>
    No,

    /// <summary>Every so many optimiser steps, and after the last. The default.</summary>
    Steps,

    /// <summary>After each epoch, and after the last step.</summary>
    Epoch,
}
