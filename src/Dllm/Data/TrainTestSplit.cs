namespace Dllm.Data;

/// <summary>Which rows are held out for testing, and which are left for training, in the order they are then visited.</summary>
/// <param name="Train">Rows to train on.</param>
/// <param name="Test">Rows held out.</param>
public sealed record TrainTestSplit(int[] Train, int[] Test)
{
    /// <summary>
    /// Splits at random, as the <c>datasets</c> library does: of NumPy's permutation of all rows the first ⌈fraction·n⌉ are
    /// the test rows, the rest the training rows.
    /// </summary>
    /// <param name="count">Number of rows, n; 2 or more, so that both parts have one.</param>
    /// <param name="testFraction">The part held out, above 0 and below 1; the original takes 0.05.</param>
    /// <param name="seed">Seed of the permutation; the original takes 42.</param>
    /// <exception cref="DllmException">The fraction is out of range, or one part would be empty.</exception>
    public static TrainTestSplit Random(int count, double testFraction = 0.05, ulong seed = 42)
    {
        if (testFraction is not (> 0 and < 1))
        {
            throw new DllmException($"test fraction {testFraction} is not between 0 and 1");
        }

        var test = (int)Math.Ceiling(testFraction * count);
        if (count < 2 || test >= count)
        {
            throw new DllmException(
                $"a data set of {count} rows cannot be split into training rows and {testFraction:P0} test rows",
                "add rows or leave out the test part");
        }

        var order = new Pcg64(seed).Permutation(count);
        return new TrainTestSplit(order[test..], order[..test]);
    }
}
