using Dllm.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Layers;

public class KvCacheTests
{
    [Fact]
    public void AppendingHoldsEveryColumnThroughGrowth()
    {
        using var scope = NewDisposeScope();
        using var cache = new KvCache();
        var all = randn(2, 3, 20, 4);
        var column = 0;
        foreach (var tokens in (int[])[1, 2, 1, 7, 9])
        {
            Assert.Equal(column, cache.FirstColumn);
            Assert.Equal(column + tokens, cache.VisibleColumns(tokens));
            var part = all.narrow(2, column, tokens);
            column += tokens;
            for (var layer = 0; layer < 2; layer++)
            {
                var (key, value) = cache.Extend(layer, part, part * 2);
                Same(all.narrow(2, 0, column), key);
                Same(all.narrow(2, 0, column) * 2, value);
            }

            Assert.Equal(column, cache.Length);
        }
    }

    [Fact]
    public void DiscardedColumnsAreSeenButNotHeld()
    {
        using var scope = NewDisposeScope();
        using var cache = new KvCache(capacity: 8);
        var (held, block) = (randn(1, 1, 3, 2), randn(1, 1, 4, 2));
        cache.Extend(0, held, held);
        cache.Write = CacheWrite.Discard;
        for (var time = 0; time < 2; time++)
        {
            Same(cat([held, block], 2), cache.Extend(0, block, block).Key);
            Assert.Equal(3, cache.Length);
        }

        Same(held, cache.Held(0).Key);
    }

    [Fact]
    public void ReplacedColumnsLeaveThoseAroundThem()
    {
        using var scope = NewDisposeScope();
        using var cache = new KvCache();
        var (held, block) = (randn(2, 1, 6, 2), randn(2, 1, 2, 2));
        cache.Extend(0, held, held);
        cache.Write = CacheWrite.Replace;
        cache.ReplaceStart = 3;
        Assert.Equal((3, 6), (cache.FirstColumn, cache.VisibleColumns(2)));
        var (key, _) = cache.Extend(0, block, block);
        Same(cat([held.narrow(2, 0, 3), block, held.narrow(2, 5, 1)], 2), key);
        Assert.Equal(6, cache.Length);
        cache.ReplaceStart = 5;
        Assert.Throws<ArgumentException>(() => cache.Extend(0, block, block));
    }

    [Fact]
    public void TrimmingAndSelectingKeepWhatIsAskedFor()
    {
        using var scope = NewDisposeScope();
        using var cache = new KvCache();
        var held = randn(3, 2, 5, 2);
        cache.Extend(0, held, held);
        cache.Trim(4);
        cache.SelectRows([2, 0, 2]);
        Same(cat([held.narrow(0, 2, 1), held.narrow(0, 0, 1), held.narrow(0, 2, 1)], 0).narrow(2, 0, 4), cache.Held(0).Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Trim(5));
        Assert.Throws<ArgumentException>(() => cache.Extend(0, held.narrow(0, 0, 2), held.narrow(0, 0, 2)));
    }

    [Fact]
    public void NothingIsLeftBehindAndNoScopeTakesTheBuffers()
    {
        using var part = randn(1, 1, 2, 2);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var cache = new KvCache())
        {
            for (var time = 0; time < 5; time++)
            {
                using var scope = NewDisposeScope();
                cache.Extend(0, part, part);
            }

            cache.SelectRows([0]);
            using (NewDisposeScope())
                Same(part, cache.Held(0).Key.narrow(2, 8, 2));
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Same(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.eq(actual).all().item<bool>());
    }
}
