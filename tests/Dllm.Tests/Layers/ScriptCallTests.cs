using Dllm.Layers;
using static TorchSharp.torch;

namespace Dllm.Tests.Layers;

public class ScriptCallTests
{
    private const string Source = """
        def scaled(values: List[Tensor], factor: float, other: float) -> Tensor:
            return torch.stack(values).sum() * factor + other

        """;

    // Numbers that nobody holds are freed by a collection while the arguments after them are put together.
    [Fact]
    public async Task NumbersOutliveCollectionsUntilTheCallIsOver()
    {
        using var stop = new CancellationTokenSource();
        var collecting = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        using (var scope = NewDisposeScope())
        {
            using var script = jit.compile(Source);
            Tensor[] values = [.. Enumerable.Range(0, 50).Select(_ => ones(1))];
            for (var i = 0; i < 300; i++)
            {
                using var result = (Tensor)script.Call("scaled", values, 0.5 + i, 3.0);
                Assert.Equal(50 * (0.5 + i) + 3, result.item<float>(), 0.02);
            }
        }

        await stop.CancelAsync();
        await collecting;
    }
}
