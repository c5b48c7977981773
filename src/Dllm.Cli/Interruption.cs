using System.Runtime.InteropServices;

namespace Dllm.Cli;

/// <summary>
/// Ctrl-C (and a polite kill). The first one asks the work to stop at a whole point, the second ends the process; while a line of input
/// is awaited, nothing is at stake and the first one ends it.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>The exit code of a process that Ctrl-C ended: 128 + SIGINT.</summary>
    public const int ExitCode = 130;

    private volatile CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile bool _awaitsInput;

    /// <summary>Cancelled by the first interruption; where <see cref="Renew"/> was called, by the first one since.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Goes on after an interruption whose work has stopped: the next one is again a first one.</summary>
    public void Renew() => _source = new CancellationTokenSource(); // the old one may be in a signal's hands: it has nothing to dispose of

    /// <summary>Listens to the signals of this process.</summary>
    public static Interruption OfProcess()
    {
        var interruption = new Interruption();
        interruption._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, interruption.OnSignal));
        interruption._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, interruption.OnSignal));
        return interruption;
    }

    /// <summary>Does what the first signal does; for tests.</summary>
    public void Cancel() => _source.Cancel();

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
        if (_awaitsInput || _source.IsCancellationRequested)
        {
            Console.Out.Flush();
            Environment.Exit(ExitCode);
        }

        context.Cancel = true; // the default action would end the process here and now
        _source.Cancel();
    }
}
