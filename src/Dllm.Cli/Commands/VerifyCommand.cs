using System.CommandLine;
using System.Diagnostics;
using Dllm.Cli.Display;
using Dllm.Cli.Options;
using Dllm.Verification;

namespace Dllm.Cli.Commands;

/// <summary><c>dllm verify DIR</c>: runs reference vectors and says how far off each is.</summary>
internal sealed class VerifyCommand : Verb
{
    private readonly Argument<string> _directory = new("DIR") { Description = "A folder; every folder below it with a case.json is a case." };
    private readonly Option<string[]> _kinds = CliOption.Words("--kind", "Only cases of these kinds, with commas between them.", "A,B");
    private readonly Option<string?> _filter = CliOption.Text("--filter", "Only cases whose path below DIR contains this text.", "TEXT");

    /// <summary>Makes the verb.</summary>
    public VerifyCommand()
        : base(
            "verify",
            "Runs the reference vectors below a folder: a line a case with the largest difference against its tolerance, then the totals. "
            + "Exit code 1 if any case failed; what is not supported yet is skipped and named.",
            "verify golden/models",
            "verify golden --kind forward,sampler",
            "verify golden --filter modernbert/")
    {
        Add(_directory);
        Add(_kinds);
        Add(_filter);
    }

    /// <inheritdoc/>
    public override int Run(ParseResult parsed, Terminal terminal, Interruption interruption)
    {
        Common.StartRuntime(parsed);
        var counts = new int[Enum.GetValues<CaseStatus>().Length];
        var outcomes = VerificationRun.Run(
            parsed.GetRequiredValue(_directory), parsed.GetValue(_kinds), parsed.GetValue(_filter), interruption.Token);
        using var status = new StatusLine(terminal.Output, terminal.OutputIsInteractive, terminal.Width);
        var clock = Stopwatch.StartNew();
        foreach (var outcome in outcomes)
        {
            counts[(int)outcome.Status]++;
            status.Print(outcome.ToString());
            status.Update($"{Totals(counts)} in {clock.Elapsed.TotalSeconds:0} s …");
        }

        status.Clear();
        terminal.Output.WriteLine(Totals(counts));
        if (counts.Sum() == 0) throw new DllmException("no case matches --kind and --filter", "leave one of them out");
        return counts[(int)CaseStatus.Failed] > 0 ? 1 : 0;
    }

    private static string Totals(int[] counts) =>
        $"{counts[(int)CaseStatus.Passed]} passed, {counts[(int)CaseStatus.Failed]} failed, {counts[(int)CaseStatus.Skipped]} skipped";
}
