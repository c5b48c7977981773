namespace Dllm.Cli.LineEditing;

/// <summary>The keyboard of this process.</summary>
/// <param name="output">The terminal, for the codes that make it mark pasted text.</param>
internal sealed class ConsoleKeySource(TextWriter output) : IKeySource
{
    /// <inheritdoc/>
    public bool IsAvailable => Console.KeyAvailable;

    /// <inheritdoc/>
    public ConsoleKeyInfo Read() => Console.ReadKey(intercept: true);

    /// <inheritdoc/>
    public IDisposable Begin() => new Reading(output);

    private sealed class Reading : IDisposable
    {
        private readonly TextWriter _output;

        public Reading(TextWriter output)
        {
            _output = output;
            Console.TreatControlCAsInput = true;
            AppDomain.CurrentDomain.ProcessExit += OnExit;
            Write("\u001b[?2004h");
        }

        public void Dispose()
        {
            AppDomain.CurrentDomain.ProcessExit -= OnExit;
            Write("\u001b[?2004l");
            Console.TreatControlCAsInput = false;
        }

        // A signal ended the process while a line was awaited.
        private void OnExit(object? sender, EventArgs e) => Write("\u001b[?2004l\n");

        private void Write(string code)
        {
            _output.Write(code);
            _output.Flush();
        }
    }
}
