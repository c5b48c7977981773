namespace Dllm.Data;

/// <summary>
/// One row of a data set before it is tokenised: named values as JSON knows them. A value is a <c>string</c>, <c>long</c>
/// (<see cref="System.Numerics.BigInteger"/> where it does not fit), <c>double</c>, <c>bool</c>, <c>null</c>, a list (<see cref="IReadOnlyList{T}"/> of such values) or an object
/// (<see cref="IReadOnlyDictionary{TKey,TValue}"/> from names to such values).
/// </summary>
/// <param name="Values">The values by column name.</param>
public sealed record DataRow(IReadOnlyDictionary<string, object?> Values)
{
    /// <summary>Where the row was read, for messages: file and line, or null.</summary>
    public string? Origin { get; init; }

    /// <summary>The text of a column, or null where the column is missing or not a text.</summary>
    public string? Text(string column) => Values.TryGetValue(column, out var value) ? value as string : null;
}
