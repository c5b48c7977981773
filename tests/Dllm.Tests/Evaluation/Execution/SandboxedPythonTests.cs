using Dllm.Evaluation;
using Dllm.Evaluation.Execution;
using Dllm.Evaluation.Functions;

namespace Dllm.Tests.Evaluation.Execution;

/// <summary>What hostile programs come to. Skipped where there is no Python 3, or the system cannot refuse the thing in question.</summary>
public sealed class SandboxedPythonTests
{
    private static readonly Lazy<SandboxedPython?> Shared = new(Open);

    [Theory]
    [InlineData("def add(a, b):\n    return a + b\nassert add(1, 2) == 3", "")]
    [InlineData("import math, re, json, collections, random\nassert math.sqrt(4) == 2", "")]
    [InlineData("if __name__ == '__main__':\n    raise ValueError\nx = 'é∀😀'\nassert len(x) == 3", "")]
    [InlineData("open('a.txt', 'w').write('b')\nassert open('a.txt').read() == 'b'", "")]
    [InlineData("assert 1 == 2, 'no'", "AssertionError: no")]
    [InlineData("def f(:", "SyntaxError")]
    [InlineData("input()", "EOFError")]
    [InlineData("def f(n): return f(n + 1)\nf(0)", "RecursionError")]
    [InlineData("import sys; sys.exit(0)", "SystemExit")]
    [InlineData("import os; os._exit(0)", "")]
    [InlineData("import os, signal; os.kill(os.getpid(), signal.SIGSEGV); os.abort()", "")]
    [InlineData("raise KeyboardInterrupt", "KeyboardInterrupt")]
    [InlineData("import os; assert not os.environ.get('PATH') and 'HOME' not in os.environ", "")]
    public void AProgramPassesWhenItComesToItsEnd(string program, string message)
    {
        bool passes = message.Length == 0 && !program.Contains("_exit") && !program.Contains("abort");
        var result = Sandbox().Run(program);
        Assert.Equal(passes ? CodeOutcome.Passed : CodeOutcome.Failed, result.Outcome);
        Assert.Contains(message, result.Message);
    }

    [Theory]
    [InlineData("while True: pass")]
    [InlineData("while True: print('x' * 100000)")]
    [InlineData("import signal, time\nfor s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)\ntime.sleep(60)")]
    [InlineData("try:\n    while True: pass\nexcept BaseException:\n    while True: pass")]
    public void WhatDoesNotEndIsStopped(string program)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var result = Sandbox().Run(program);
        Assert.Equal(CodeOutcome.TimedOut, result.Outcome);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.5, 30);
    }

    [Fact]
    public void MemoryAndFilesAreLimited()
    {
        Assert.Contains("MemoryError", Sandbox().Run("x = bytearray(10**10)").Message);
        Assert.Equal(CodeOutcome.Failed, Sandbox().Run("f = open('a', 'wb')\nwhile True: f.write(b'x' * 1000000)").Outcome);
        Assert.Equal(CodeOutcome.Failed, Sandbox().Run("fs = [open(f'{i}', 'w') for i in range(100000)]").Outcome);
    }

    [Fact]
    public void MemoryIsLimitedOverAllProcesses()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        _ = Sandbox();
        var sandbox = new SandboxedPython(new CodeExecutionOptions { TimeoutSeconds = 30, MemoryBytes = 200 << 20 });
        const string children = "import os, time\nfor i in range(4):\n    if os.fork() == 0:\n        x = b'x' * (90 << 20)\n        time.sleep(60)\n";
        Assert.Contains("more memory", sandbox.Run(children + "time.sleep(60)").Message);
        Assert.Equal("", sandbox.Run(children.Replace("90", "3")).Message);
    }

    [Fact]
    public void SharedMemoryCountsToo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        _ = Sandbox();
        var sandbox = new SandboxedPython(new CodeExecutionOptions { TimeoutSeconds = 30, MemoryBytes = 200 << 20 });
        const string children = "import os, mmap, time\nfor i in range(4):\n    if os.fork() == 0:\n        m = mmap.mmap(-1, 80 << 20)\n        m.write(b'x' * (80 << 20))\n        time.sleep(60)\n";
        Assert.Contains("more memory", sandbox.Run(children + "time.sleep(60)").Message);
    }

    /// <summary>A memory file system in namespaces of one's own would be beyond all limits, and so would memory of no process.</summary>
    [Theory]
    [InlineData("ctypes.CDLL(None).unshare(0x10020000)")]
    [InlineData("ctypes.CDLL(None).shmget(0, 1 << 20, 0o1600)")]
    [InlineData("ctypes.CDLL(None).memfd_create(b'a', 0)")]
    public void WhatNoLimitCountsIsRefused(string call)
    {
        Assert.SkipUnless(Sandbox().RefusesCalls, "system calls cannot be refused here");
        Assert.Equal("", Sandbox().Run($"import ctypes\nassert {call} == -1").Message);
    }

    [Theory]
    [InlineData("import os\nos._exit(0)")]
    [InlineData("import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'passed')\n    except OSError: pass\nos._exit(0)")]
    [InlineData("import os\nsay = os.write\nos.write = lambda fd, said: say(fd, bytes(said).split()[0] + b' passed')\nraise ValueError")]
    [InlineData("import os\nif os.fork(): os._exit(0)")]
    [InlineData("import builtins\nbuiltins.AssertionError = builtins.BaseException = KeyError")]
    [InlineData("import sys\ndef jump(frame, event, _):\n    if frame.f_lineno > 5: frame.f_lineno = 99\n    return jump\nsys._getframe().f_trace = jump\nsys.settrace(jump)")]
    [InlineData("import __main__\n__main__.attempt.__code__ = __main__.run.__code__ = (lambda *_, **__: b'passed').__code__\nraise ValueError")]
    [InlineData(Frames)]
    [InlineData(Collector)]
    public void WhatItsTestsDoNotSayIsNoSuccess(string program) =>
        Assert.Equal(CodeOutcome.Failed, Sandbox().Run(program + "\n\nassert False, 'tested'").Outcome);

    [Fact]
    public void AForkBombIsContained()
    {
        Assert.SkipUnless(Sandbox().LimitsProcesses, "the number of processes cannot be limited here");
        Assert.NotEqual(CodeOutcome.Passed, Sandbox().Run("import os\nwhile True: os.fork()").Outcome);
        Assert.Equal(CodeOutcome.Passed, Sandbox().Run("x = 1").Outcome); // nothing of it is left to stand in the way
    }

    [Fact]
    public void NoFileOutsideCanBeWritten()
    {
        Assert.SkipUnless(Sandbox().ProtectsFiles, "files cannot be protected here");
        string victim = Path.Combine(Path.GetTempPath(), $"dllm-{Guid.NewGuid():N}");
        File.WriteAllText(victim, "whole");
        try
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(victim, (UnixFileMode)0b110_110_110);
            Assert.Contains("OSError", Sandbox().Run($"open('{victim}', 'w').write('spoilt')").Message);
            Assert.Contains("OSError", Sandbox().Run($"import os; os.remove('{victim}')").Message.Replace("PermissionError", "OSError"));
            Assert.Equal(CodeOutcome.Failed, Sandbox().Run("import shutil, os\nshutil.rmtree(os.getcwd())\nassert not os.path.exists('.')").Outcome);
            Assert.Equal("whole", File.ReadAllText(victim));
        }
        finally
        {
            File.Delete(victim);
        }
    }

    [Fact]
    public void FilesAndSocketsOfTheUserAreOutOfSight()
    {
        Assert.SkipUnless(Sandbox().HidesFiles, "files cannot be hidden here");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("secret"), "x");
        Assert.Equal(CodeOutcome.Passed, Sandbox().Run($"import os\nassert not os.path.exists('{folder.Path}') and not os.listdir('/home')").Outcome);
    }

    /// <summary>The maker of a user namespace has every right in it: a program that kept them could undo what is refused.</summary>
    [Fact]
    public void AnOrdinaryUsersProgramHasNoRightsOverItsNamespace()
    {
        Assert.SkipUnless(Sandbox().ProtectsFiles && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "needs to become another user");
        using var folder = new TemporaryFolder();
        const UnixFileMode everyone = (UnixFileMode)0b111_101_101;
        string python = folder.File("python");
        File.WriteAllText(python, "#!/bin/sh\nexec setpriv --reuid=1234 --regid=1234 --clear-groups /usr/bin/python3 \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, everyone);
            File.SetUnixFileMode(python, everyone);
        }

        var sandbox = new SandboxedPython(new CodeExecutionOptions { Python = python });
        Assert.SkipUnless(sandbox.ProtectsFiles, "files cannot be protected for ordinary users here");
        Assert.Equal("", sandbox.Run("assert 'CapEff:\\t0000000000000000' in open('/proc/self/status').read()").Message);
        Assert.Equal("", sandbox.Run(Remount).Message);
    }

    [Fact]
    public void ThereIsNoNetwork()
    {
        Assert.SkipUnless(Sandbox().RefusesNetwork, "the network cannot be refused here");
        Assert.Contains("OSError", Sandbox().Run("import socket\nsocket.create_connection(('192.0.2.1', 80), 1)").Message);
    }

    [Theory]
    [InlineData("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")]
    [InlineData("import os, signal\nos.killpg(0, signal.SIGKILL)")]
    [InlineData("import os, signal\nos.kill(-1, signal.SIGTERM)")]
    public void SignalsReachNobodyElse(string program)
    {
        Assert.SkipUnless(Sandbox().ProtectsFiles, "processes are not kept apart here");
        _ = Sandbox().Run(program); // whatever becomes of it, we are still here
        Assert.Equal(CodeOutcome.Passed, Sandbox().Run("x = 1").Outcome);
    }

    [Fact]
    public void NothingSurvivesAProgram()
    {
        Assert.SkipUnless(Sandbox().ProtectsFiles, "processes are not kept apart here");
        string mark = $"dllm-{Guid.NewGuid():N}";
        string program = $"import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        open('/proc/self/comm', 'w').write('{mark[..15]}')\n        time.sleep(60)\n    os._exit(0)\ntime.sleep(0.2)";
        _ = Sandbox().Run(program);
        Assert.DoesNotContain(mark[..15], System.Diagnostics.Process.GetProcesses().Select(process => process.ProcessName));
    }

    [Fact]
    public void NoFolderIsLeft()
    {
        string[] Folders() => Directory.GetDirectories(Path.GetTempPath(), "dllm-code-*");
        var sandbox = Sandbox();
        string[] before = Folders();
        _ = sandbox.Run("import os\nos.makedirs('a/b/c')\nopen('a/b/c/d', 'w').write('x')\nos.chmod('a', 0)");
        Assert.Empty(Folders().Except(before));
    }

    [Fact]
    public void ProgramsRunBesideEachOtherAndCanBeCancelled()
    {
        var results = Enumerable.Range(0, 6).AsParallel().AsOrdered().Select(i => Sandbox().Run($"assert {i} % 2 == 0").Outcome).ToArray();
        Assert.Equal([0, 1, 0, 1, 0, 1], results.Select(outcome => (int)outcome));
        using var source = new CancellationTokenSource(200);
        Assert.Throws<OperationCanceledException>(() => new SandboxedPython(new CodeExecutionOptions { TimeoutSeconds = 20 }).Run("while True: pass", source.Token));
    }

    [Fact]
    public void WrongOptionsAreNamed()
    {
        Assert.Contains("seconds", Assert.Throws<DllmException>(() => new CodeExecutionOptions { TimeoutSeconds = 0 }.Validate()).Message);
        Assert.Contains("python3", Assert.Throws<DllmException>(() => new SandboxedPython(new CodeExecutionOptions { Python = "/no/such/python" })).Message);
    }

    [Theory]
    [InlineData(1, 4, 1, 0.25)]
    [InlineData(2, 4, 1, 0.5)]
    [InlineData(2, 4, 3, 1)]
    [InlineData(1, 1, 0, 0)]
    public void PassAtKIsUnbiased(int k, int count, int right, double expected) => Assert.Equal(expected, CodeFunctions.PassAt(k, count, right), 12);

    [Fact]
    public void ATaskIsScoredByItsTests()
    {
        var metric = new MetricDefinition("humaneval.pass_at_k", "mean", true, new() { ["k"] = new System.Text.Json.Nodes.JsonArray(1, 2, 64) });
        var values = CodeFunctions.Metrics["humaneval.pass_at_k"](["assert f(1) == 2"], ["def f(x): return x + 1", "def f(x): return x"], metric, Sandbox());
        Assert.Equal([("pass@1", 0.5), ("pass@2", 1.0)], values.Select(pair => (pair.Key, pair.Value)));
        Assert.Contains("--allow-code-execution", Assert.Throws<DllmException>(() => CodeFunctions.Metrics["humaneval.pass_at_k"](["x"], ["y"], metric, null)).Message);
    }

    // Clears the read-only flag of the root's mount by the system call mount_setattr.
    private const string Remount = """
        import ctypes
        flags = (ctypes.c_uint64 * 4)(0, 1, 0, 0)
        assert ctypes.CDLL(None).syscall(442, -100, b"/", 0, ctypes.byref(flags), 32) == -1
        """;

    // Both look for what the supervisor would have to be told.
    private const string Frames = """
        import os, sys
        frame = sys._getframe()
        while frame := frame.f_back:
            for value in list(frame.f_locals.values()):
                for token in value.values() if isinstance(value, dict) else [value]:
                    if isinstance(token, (str, bytes)) and len(token) == 32:
                        token = token.encode() if isinstance(token, str) else token
                        for fd in range(3, 64):
                            try: os.write(fd, token + b" passed")
                            except OSError: pass
                        os._exit(0)
        """;

    private const string Collector = """
        import gc, os
        for value in gc.get_objects():
            if isinstance(value, dict) and isinstance(value.get("token"), str):
                for fd in range(3, 64):
                    try: os.write(fd, value["token"].encode() + b" passed")
                    except OSError: pass
                os._exit(0)
        """;

    private static SandboxedPython Sandbox()
    {
        Assert.SkipWhen(Shared.Value is null, "there is no Python 3 here");
        return Shared.Value!;
    }

    private static SandboxedPython? Open()
    {
        try
        {
            return new SandboxedPython(new CodeExecutionOptions { TimeoutSeconds = 1 });
        }
        catch (DllmException)
        {
            return null;
        }
    }
}
