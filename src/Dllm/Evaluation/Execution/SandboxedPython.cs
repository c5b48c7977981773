using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Dllm.Evaluation.Execution;

/// <summary>
/// Runs Python programs that a model wrote, each in a process of its own, without environment, input and output, in a scratch folder that
/// is gone afterwards, with limits of time, memory, file size, processes and open files. Where the system lets it (Linux with
/// namespaces): no network, no file can be written outside the scratch folder, nothing but the system's libraries can be read, and whatever
/// the program started ends with it; <see cref="Isolation"/> says what holds here, and a program for which it does not hold is not run.
/// A program shares its process with what watches it: it neither finds in a variable nor may patch what it would need to claim that it
/// passed, but one that searches the process's memory can.
/// </summary>
public sealed class SandboxedPython : ICodeExecutor
{
    private const string FilesRefused = "files", NetworkRefused = "network", ProcessesRefused = "processes", ReadingRefused = "reading", CallsRefused = "calls", Unprotected = "unprotected:";
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(10); // of a loaded machine, before the supervisor itself is stopped
    private static readonly Lazy<string> _supervisor = new(ReadSupervisor);

    private readonly CodeExecutionOptions _options;
    private readonly string _python;
    private readonly bool _asNobody;
    private readonly string[] _refused = [];

    /// <summary>Finds the interpreter and tries what can be refused.</summary>
    /// <exception cref="DllmException">There is no Python, or the system cannot keep programs apart.</exception>
    public SandboxedPython(CodeExecutionOptions? options = null)
    {
        _options = options ?? new CodeExecutionOptions();
        _options.Validate();
        if (OperatingSystem.IsWindows())
            throw new DllmException("programs of a model can be run on Linux and macOS only", "run the evaluation there, or in the Windows Subsystem for Linux");
        foreach (var (python, asNobody) in Candidates())
        {
            (_python, _asNobody) = (python, asNobody);
            if (Answer(null, CancellationToken.None) is { } line && line.StartsWith("refused:", StringComparison.Ordinal))
            {
                _refused = line["refused:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                Isolation = Describe(_refused);
                return;
            }
        }

        throw new DllmException(
            $"there is no Python 3.8 or newer that runs {(_options.Python is null ? "on the path" : "at " + _options.Python)}", "install python3, or name it with --python");
    }

    /// <summary>What programs are kept from, and what not, in one line.</summary>
    public string Isolation { get; }

    /// <summary>Whether the number of processes is limited.</summary>
    public bool LimitsProcesses => _refused.Contains(ProcessesRefused);

    /// <summary>Whether no file outside the scratch folder can be written, and nothing that a program started survives it.</summary>
    public bool ProtectsFiles => _refused.Contains(FilesRefused);

    /// <summary>Whether files and sockets other than the system's and Python's are out of sight.</summary>
    public bool HidesFiles => _refused.Contains(ReadingRefused);

    /// <summary>Whether programs cannot make namespaces and mounts, or take memory that belongs to no process.</summary>
    public bool RefusesCalls => _refused.Contains(CallsRefused);

    /// <summary>Whether there is no network.</summary>
    public bool RefusesNetwork => _refused.Contains(NetworkRefused);

    /// <inheritdoc/>
    public CodeResult Run(string program, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(program);
        return Answer(program, cancellationToken) switch
        {
            "passed" => new CodeResult(CodeOutcome.Passed, ""),
            "timed out" => new CodeResult(CodeOutcome.TimedOut, string.Create(CultureInfo.InvariantCulture, $"stopped after {_options.TimeoutSeconds} seconds")),
            { } line when line.StartsWith("failed: ", StringComparison.Ordinal) => new CodeResult(CodeOutcome.Failed, line["failed: ".Length..]),
            { } line when line.StartsWith(Unprotected, StringComparison.Ordinal) => throw new DllmException(
                $"the system no longer refuses a program:{line[Unprotected.Length..]}", "run again: what can be refused is tried at the start"),
            _ => new CodeResult(CodeOutcome.Failed, "the program was stopped"),
        };
    }

    // As the superuser a program runs as nobody, where nobody may read the interpreter; the system's own is tried for that.
    private IEnumerable<(string Python, bool AsNobody)> Candidates()
    {
        string[] named = _options.Python is { } python ? [python] : [Interpreter("python3"), "/usr/bin/python3"];
        return [.. named.Select(path => (path, true)), .. named.Select(path => (path, false))];
    }

    // What on the path may be a script that chooses an interpreter by the environment.
    private static string Interpreter(string python)
    {
        try
        {
            var start = new ProcessStartInfo(python) { RedirectStandardOutput = true, ArgumentList = { "-I", "-c", "import sys; print(sys.executable)" } };
            using var process = Process.Start(start)!;
            string path = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return File.Exists(path) ? path : python;
        }
        catch (Win32Exception)
        {
            return python;
        }
    }

    // What the supervisor says behind its token; null where it says nothing.
    private string? Answer(string? program, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var scratch = Directory.CreateTempSubdirectory("dllm-code-").FullName;
        try
        {
            string token = Guid.NewGuid().ToString("N");
            string? line = Supervise(Task(program, token, scratch), cancellationToken);
            return line?.StartsWith(token, StringComparison.Ordinal) == true ? line[(token.Length + 1)..] : null;
        }
        finally
        {
            TryDelete(scratch);
        }
    }

    private string Task(string? program, string token, string scratch) => new JsonObject
    {
        ["program"] = program,
        ["token"] = token,
        ["scratch"] = scratch,
        ["seconds"] = _options.TimeoutSeconds,
        ["memory"] = _options.MemoryBytes,
        ["file_bytes"] = _options.FileBytes,
        ["processes"] = _options.Processes,
        ["files"] = _options.OpenFiles,
        ["nobody"] = _asNobody,
        ["required"] = new JsonArray([.. _refused.Select(what => JsonValue.Create(what))]),
    }.ToJsonString();

    private string? Supervise(string task, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_python)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        start.Environment.Clear();
        start.ArgumentList.Add("-I");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(_supervisor.Value);
        try
        {
            using var process = Process.Start(start)!;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            stop.CancelAfter(TimeSpan.FromSeconds(_options.TimeoutSeconds) + _grace);
            using var registration = stop.Token.Register(() => Kill(process));
            process.ErrorDataReceived += (_, _) => { }; // a pipe that nobody reads would stop the writer
            process.BeginErrorReadLine();
            process.StandardInput.Write(task);
            process.StandardInput.Close();
            string answer = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            return answer;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null; // no such program, or it ended before it had read its task
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What a program left in such a way that it cannot be deleted lies in the system's folder for temporary files.
        }
    }

    private string Describe(string[] refused) => string.Join("; ",
        $"{_python}, as {(_asNobody && Environment.IsPrivilegedProcess ? "nobody" : "this user")}, without environment",
        refused.Contains(NetworkRefused) ? "no network" : "THE NETWORK IS OPEN",
        refused.Contains(FilesRefused) ? "no file outside its scratch folder can be written" : "FILES THAT THE USER MAY WRITE CAN BE WRITTEN",
        refused.Contains(ReadingRefused) ? "the user's files are hidden" : "FILES THAT THE USER MAY READ CAN BE READ",
        refused.Contains(CallsRefused) ? "no memory beside its processes'" : "MEMORY BESIDE ITS PROCESSES' IS NOT LIMITED",
        refused.Contains(ProcessesRefused) ? $"at most {_options.Processes} processes" : "THE NUMBER OF PROCESSES IS NOT LIMITED",
        string.Create(CultureInfo.InvariantCulture, $"{_options.TimeoutSeconds} s, {_options.MemoryBytes >> 20} MiB, files of {_options.FileBytes >> 20} MiB"));

    private static string ReadSupervisor()
    {
        using var stream = typeof(SandboxedPython).Assembly.GetManifestResourceStream("Evaluation/Execution/sandbox.py")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
