namespace Dllm.Data;

/// <summary>What becomes of a sample that is longer than the maximum length.</summary>
public enum Truncation
{
    /// <summary>Its first tokens stay, the end is cut off.</summary>
    Right,

    /// <summary>Its last tokens stay, the beginning is cut off. Rows only (<see cref="RowClipping"/>), not training data.</summary>
    Left,

    /// <summary>It is left out whole.</summary>
    Filter,
}
