using System.Runtime.InteropServices;

namespace Dllm.Cli;

/// <summary>
/// Ctrl-C, a polite kill (SIGTERM) and a terminal that was closed (SIGHUP). The first one asks the work to stop, and ends the process where
/// it has not stopped soon: in the middle of reading a file, say. The second one ends the process at once, and so does the first while a
/// line of input is awaited, when nothing is at stake.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>The exit code of a process that Ctrl-C ended: 128 + SIGINT.</summary>
    public const int ExitCode = 130;

    private const int Terminated = 143; // 128 + SIGTERM
    private const int HungUp = 129; // 128 + SIGHUP

    // A person can press Ctrl-C again; who sends another signal would go on to kill the process.
    private static readonly TimeSpan GraceOfPerson = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile CancellationTokenSource _source = new();
    private volatile bool _awaitsInput;
    private volatile bool _stopsInItsOwnTime;
    private volatile bool _whenKilledToo;
    private volatile int _code = ExitCode;

    /// <summary>Cancelled by the first interruption; where <see cref="Renew"/> was called, by the first one since.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code that tells which signal came last; <see cref="ExitCode"/> where none did.</summary>
    public int Code => _code;

    /// <summary>Goes on after an interruption whose work has stopped: the next one is again a first one.</summary>
    public void Renew() => _source = new CancellationTokenSource(); // the old one may be in a signal's hands: it has nothing to dispose of

    /// <summary>Listens to the signals of this process.</summary>
    public static Interruption OfProcess()
    {
        var interruption = new Interruption();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            interruption._registrations.Add(PosixSignalRegistration.Create(signal, interruption.OnSignal));
        return interruption;
    }

    /// <summary>Does what the first signal does; for tests.</summary>
    public void Cancel() => _source.Cancel();

    /// <summary>Does work that stops at a whole point and keeps what it has: the first signal waits for that, however long it takes.</summary>
    /// <param name="work">The work.</param>
    /// <param name="whenKilledToo">Whether a kill waits too, and not only Ctrl-C.</param>
    public T Unhurried<T>(Func<CancellationToken, T> work, bool whenKilledToo = true)
    {
        (_whenKilledToo, _stopsInItsOwnTime) = (whenKilledToo, true);
        try
        {
            return work(Token);
        }
        finally
        {
            _stopsInItsOwnTime = false;
        }
    }

    /// <summary>Reads a line of <paramref name="input"/>; an interruption meanwhile ends the process.</summary>
    /// <exception cref="OperationCanceledException">The interruption came before.</exception>
    public string? ReadLine(TextReader input) => Await(input.ReadLine);

    /// <summary>Waits for the user; an interruption meanwhile ends the process.</summary>
    /// <param name="read">What takes the user's time.</param>
    /// <exception cref="OperationCanceledException">The interruption came before.</exception>
    public T Await<T>(Func<T> read)
    {
        _awaitsInput = true;
        try
        {
            Token.ThrowIfCancellationRequested(); // it may have come just before, when there was nothing left to stop
            return read();
        }
        finally
        {
            _awaitsInput = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        _code = context.Signal switch { PosixSignal.SIGTERM => Terminated, PosixSignal.SIGHUP => HungUp, _ => ExitCode };
        context.Cancel = true; // the default action would end the process here and now
        if (_awaitsInput) Environment.Exit(_code);
        if (_source.IsCancellationRequested) EndNow(_code);
        var asked = _source;
        bool byPerson = context.Signal == PosixSignal.SIGINT;
        new Thread(() => EndAfterGrace(asked, byPerson)) { IsBackground = true, Name = "interruption" }.Start();
        asked.Cancel();
    }

    private void EndAfterGrace(CancellationTokenSource asked, bool byPerson)
    {
        do
            Thread.Sleep(byPerson ? GraceOfPerson : Grace);
        while (_stopsInItsOwnTime && (byPerson || _whenKilledToo));
        if (_source == asked) EndNow(_code); // else the work has stopped and a chat goes on
    }

    // Without the native libraries' own clearing up, which would pull memory away from threads that still compute. Nothing is flushed: a pipe
    // that nobody empties would hold the process up.
    private static void EndNow(int code)
    {
        if (OperatingSystem.IsWindows()) Environment.Exit(code);
        Exit(code);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Exit(int code);
}
