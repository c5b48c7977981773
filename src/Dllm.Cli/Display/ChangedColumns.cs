using Dllm.Sampling;

namespace Dllm.Cli.Display;

/// <summary>
/// Which columns were written since the canvas was last shown. Rows are remembered, because a step that changes the length of one tells it
/// as a whole.
/// </summary>
/// <param name="canvas">The canvas, before the first step.</param>
internal sealed class ChangedColumns(Canvas canvas)
{
    private readonly int[][] _before = [.. Enumerable.Range(0, canvas.Rows).Select(row => canvas.Tokens(row).ToArray())];
    private readonly HashSet<int>[] _changed = [.. Enumerable.Range(0, canvas.Rows).Select(_ => new HashSet<int>())];

    /// <summary>The columns of a row.</summary>
    public IReadOnlySet<int> Of(int row) => _changed[row];

    /// <summary>Takes a step into account that the canvas has taken.</summary>
    public void Add(SampleStep step)
    {
        foreach (var change in step.Changes)
        {
            _changed[change.Row].Add(change.Position);
            _before[change.Row][change.Position - canvas.FirstColumn(change.Row)] = change.Id;
        }

        foreach (var replaced in step.Replacements) Add(replaced, canvas.FirstColumn(replaced.Row));
    }

    /// <summary>Begins anew: the canvas is shown.</summary>
    public void Clear() => Array.ForEach(_changed, columns => columns.Clear());

    private void Add(RowReplacement replaced, int first)
    {
        var (before, changed) = (_before[replaced.Row], _changed[replaced.Row]);
        bool[] isNew =
        [
            .. replaced.Ids.Zip(replaced.Origins, (id, origin) => origin < 0 || before[origin] != id || changed.Contains(first + origin)),
        ];
        changed.Clear();
        changed.UnionWith(Enumerable.Range(0, isNew.Length).Where(i => isNew[i]).Select(i => first + i));
        _before[replaced.Row] = [.. replaced.Ids];
    }
}
