using System.Runtime.ExceptionServices;

namespace Dllm;

/// <summary>Work of other people's code that may never end.</summary>
internal static class GivenUp
{
    /// <summary>
    /// Does some work on a thread of its own and waits so long for it. A thread cannot be stopped, so one that is given up goes on until the
    /// process ends, which it does not keep from ending.
    /// </summary>
    /// <exception cref="TimeoutException">The work takes longer.</exception>
    public static T After<T>(TimeSpan time, Func<T> work)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e); // thrown where it is waited for
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        if (!thread.Join(time)) throw new TimeoutException($"reading it is given up after {time.TotalSeconds:N0} s");
        failure?.Throw();
        return result!;
    }
}
