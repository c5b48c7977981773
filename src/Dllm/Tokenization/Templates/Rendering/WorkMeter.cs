using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Dllm.Tokenization.Templates;

/// <summary>
/// What one rendering may still do, in units of work and on the clock. While it runs, the meter belongs to its thread, so that every
/// walk over a value is charged where it happens: a function that only reads, however deep it walks, cannot forget to account for it.
/// </summary>
internal sealed class WorkMeter(ChatTemplateLimits limits)
{
    /// <summary>So much work passes between two looks at the clock.</summary>
    private const long BetweenLooks = 2048;

    /// <summary>Reading is charged one unit for so many characters.</summary>
    private const int CharactersPerUnit = 8;

    /// <summary>What a list, tuple or dict costs besides its items.</summary>
    private const int Container = 8;

    [ThreadStatic]
    private static WorkMeter? _current;

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan _maxTime = limits.MaxTime;
    private long _workLeft = limits.MaxWork;
    private long _untilLook = BetweenLooks;

    /// <summary>Time that is left to the rendering on this thread; at least a millisecond.</summary>
    public static TimeSpan TimeLeft => _current is { } meter
        ? TimeSpan.FromMilliseconds(Math.Max(1, (meter._maxTime - Stopwatch.GetElapsedTime(meter._start)).TotalMilliseconds))
        : new ChatTemplateLimits().MaxTime;

    /// <summary>Runs a rendering with this meter.</summary>
    public T Run<T>(Func<T> rendering)
    {
        var outer = _current;
        _current = this;
        try
        {
            return rendering();
        }
        finally
        {
            _current = outer;
        }
    }

    /// <summary>One step of a recursion: a unit of work, and a fault where the stack ends.</summary>
    public static void Step()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw TemplateFault.Limit("values or calls nest too deeply");
        _current?.Spend(1);
    }

    /// <summary>Accounts for work of the rendering on this thread; none is kept where there is no rendering.</summary>
    public static void Charge(long work) => _current?.Spend(work);

    /// <summary>Accounts for characters that are looked at.</summary>
    public static void ChargeReading(int characters) => _current?.Spend(characters / CharactersPerUnit);

    /// <summary>What it costs to look at a value, without what it holds.</summary>
    public static long Reading(object? value) => value switch
    {
        string text => text.Length / CharactersPerUnit,
        SequenceValue sequence => sequence.Count / CharactersPerUnit,
        DictValue dict => dict.Count / CharactersPerUnit,
        _ => 0,
    };

    /// <summary>What it costs to have made a value.</summary>
    public static long Making(object? value) => value switch
    {
        string text => text.Length,
        RangeValue => Container,
        SequenceValue sequence => Container + sequence.Count,
        DictValue dict => Container + dict.Count,
        DictView view => Container + view.Count,
        _ => 0,
    };

    /// <summary>Accounts for work about to be done.</summary>
    public void Spend(long work)
    {
        _workLeft -= work;
        if (_workLeft < 0)
            throw TemplateFault.Limit($"the template does more work than {limits.MaxWork} steps and characters");
        _untilLook -= work;
        if (_untilLook >= 0)
            return;
        LookAtClock();
    }

    /// <summary>Ends a rendering whose time is over.</summary>
    public void LookAtClock()
    {
        _untilLook = BetweenLooks;
        if (Stopwatch.GetElapsedTime(_start) > _maxTime)
            throw TemplateFault.Limit($"the template works longer than {_maxTime.TotalSeconds:0.###} seconds");
    }
}
