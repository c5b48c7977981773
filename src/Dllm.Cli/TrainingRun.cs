using System.Text.Json;
using Dllm.Cli.Display;
using Dllm.Training;

namespace Dllm.Cli;

/// <summary>
/// A training run as the verbs do it: progress on the terminal, metrics as JSON lines and for TensorBoard, checkpoints, the loss curve,
/// and at the end the model in the output folder.
/// </summary>
/// <param name="Model">What to train; its weights change.</param>
/// <param name="Data">What to train on.</param>
/// <param name="Options">How.</param>
/// <param name="Objective">What to minimise.</param>
internal sealed record TrainingRun(OpenedModel Model, TrainingData Data, TrainingOptions Options, MdlmObjectiveOptions Objective)
{
    /// <summary>The title of the picture.</summary>
    public string Title { get; init; } = "loss";

    /// <summary>Whether to write metrics.jsonl and events for TensorBoard beside the checkpoints.</summary>
    public bool WritesMetrics { get; init; } = true;

    /// <summary>What the folder keeps about the run; null: nothing.</summary>
    public RunRecord? Record { get; init; }

    /// <summary>Trains, and leaves everything in the output folder, whose lock the caller holds.</summary>
    /// <returns>How it ended; cancelled runs leave a checkpoint to resume from, and no model in the output folder itself.</returns>
    /// <exception cref="DllmException">The loss is no longer finite, or something cannot be written.</exception>
    public TrainingResult Run(Terminal terminal, CancellationToken cancellation)
    {
        string folder = Options.OutputDir!;
        using var console = new TrainingConsole(terminal) { ResumesFrom = Options.Resume ? folder : null };
        using var curve = new LossCurve();
        using var beginning = new Beginning();
        string metricsFile = Path.Combine(folder, "metrics.jsonl");
        List<IMetricSink> sinks = [console, beginning];
        if (WritesMetrics)
        {
            ReadCurve(metricsFile, curve);
            sinks.Add(new JsonlMetricSink(metricsFile));
            sinks.Add(new TensorBoardMetricSink(Path.Combine(folder, "tensorboard")));
        }

        sinks.Add(curve);
        TrainingResult? result = null;
        try
        {
            var tokens = Model.Tokenizer.SpecialTokens;
            var host = new TrainingHost
            {
                Sinks = sinks,
                Progress = console,
                SaveModel = Model.Model.Save,
                Notice = console.Say,
                HoldsOutputDir = true,
            };
            var trainer = new Trainer(Model.Model.Denoiser, new MdlmObjective(Model.MaskId, tokens.BosId, Objective), Data, Options, host);
            beginning.Begins += step => Record?.Begin(Options, Math.Max(step, 0), trainer.Steps);
            result = trainer.Train(cancellation);
            console.Dispose();
            if (!result.Cancelled) Model.Model.Save(folder);
            if (curve.Draw(terminal.Width) is { Length: > 0 } drawn) terminal.Output.WriteLine(drawn);
            return result;
        }
        finally
        {
            foreach (var sink in sinks) sink.Dispose();
            if (beginning.HasBegun) KeepRecord(curve, folder, result);
        }
    }

    /// <summary>The last words of a run.</summary>
    /// <returns>The exit code.</returns>
    public int Conclude(TrainingResult result, Terminal terminal, string next)
    {
        if (result.Cancelled)
        {
            terminal.Error.WriteLine($"interrupted at step {result.Step} of {result.Steps}; the same command with --resume goes on from there");
            if (result.LastCheckpoint is { } checkpoint) terminal.Error.WriteLine($"the model so far is in {checkpoint}");
            return Interruption.ExitCode;
        }

        terminal.Output.WriteLine($"{result.Steps} steps in {TrainingConsole.Span(result.Elapsed)}; the model is in {Options.OutputDir}");
        terminal.Output.WriteLine($"next: {next}");
        return 0;
    }

    // However it ended. What stopped a run is told before what could not be written after it.
    private void KeepRecord(LossCurve curve, string folder, TrainingResult? result)
    {
        try
        {
            curve.SavePng(Path.Combine(folder, "loss.png"), Title);
            Record?.End(result);
        }
        catch (DllmException) when (result is null)
        {
            // an error is on its way already
        }
    }

    // What was logged before this process; the trainer's Rewind then takes back what will be told again: all of it in a new run.
    private static void ReadCurve(string metricsFile, LossCurve curve)
    {
        if (!File.Exists(metricsFile)) return;
        foreach (string line in PlainFile.ReadDamagedLines(metricsFile))
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                var values = document.RootElement.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number)
                    .Select(property => KeyValuePair.Create(property.Name, property.Value.GetDouble())).ToList();
                curve.Write(new MetricEvent(document.RootElement.GetProperty("step").GetInt32(), 0, default, values));
            }
            catch (JsonException)
            {
                // a line cut short when the process ended
            }
        }
    }

    /// <summary>Tells when the trainer has checked all there is to check and begins to write.</summary>
    private sealed class Beginning : IMetricSink
    {
        /// <summary>Called with the step that the run goes on from, or -1.</summary>
        public event Action<int>? Begins;

        public bool HasBegun { get; private set; }

        public void Rewind(int step)
        {
            HasBegun = true;
            Begins?.Invoke(step);
        }

        public void Write(MetricEvent metrics)
        {
        }

        public void Flush()
        {
        }

        public void Dispose()
        {
        }
    }
}
