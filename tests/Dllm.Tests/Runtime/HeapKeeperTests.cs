using Dllm.Runtime;
using static TorchSharp.torch;

namespace Dllm.Tests.Runtime;

public sealed class HeapKeeperTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void What_adds_up_is_given_back_and_what_one_step_needs_is_kept()
    {
        long held = 0;
        var trims = 0;
        var keeper = new HeapKeeper(() => held, () =>
        {
            held = 0;
            trims++;
        });
        void Step(long left)
        {
            held = Math.Max(held, left * MiB);
            keeper.AfterStep();
        }

        foreach (long left in (long[])[1000, 1050, 1200]) Step(left); // up to 1.15 * 1000 + 64
        Assert.Equal(0, trims);
        Step(1250);
        Assert.Equal((1, 0), (trims, held));
        foreach (long left in (long[])[1300, 1500]) Step(left); // the first tells that a step may need 1300
        Assert.Equal(1, trims);
        Step(1600);
        Assert.Equal(2, trims);
    }

    [Fact]
    public void A_trim_takes_nothing_that_is_used()
    {
        using var values = ones(1 << 20);
        NativeHeap.Trim();
        Assert.Equal(1 << 20, values.sum().item<float>());
    }
}
