using System.Collections;
using System.CommandLine;
using Dllm.Cli.Commands;
using Dllm.Cli.Display;
using Dllm.Cli.Display.Export;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>How results of a sampler are shown: text or JSON lines, with the steps or without.</summary>
internal sealed class OutputOptions : IEnumerable<Option>
{
    private readonly ExportOptions _export = new();
    private DenoisingRecording? _recording;

    private readonly Option<bool> _json = CliOption.Switch(
        "--json", "Write a line of JSON a prompt: prompt, text, ids, steps, tokens_per_second, finish_reason");

    private readonly Option<bool> _visualize = CliOption.Switch(
        "--visualize", "Show the denoising: live on a terminal, a line a step in a pipe (with --json on the error stream)");

    /// <summary>Whether JSON is asked for.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>The options that show or record steps.</summary>
    public IEnumerable<Option> OfSteps => this.Where(option => option != _json);

    /// <summary>Checks where files are to be written, before anything loads.</summary>
    /// <exception cref="DllmException">A file's folder does not exist, or two files are the same.</exception>
    public void Begin(ParseResult parsed) => _recording = _export.Begin(parsed);

    /// <summary>Samples batches one after the other, writes a result for each row, and at the end the files asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Where to.</param>
    /// <param name="model">The model that writes.</param>
    /// <param name="batches">The batches: all of them, for several results are numbered.</param>
    /// <param name="result">What was written in a row, from its batch, its place there, and how fast the batch was.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <param name="question">
    /// By number of the prompt, what it asks and how many tokens of the row say so: pictures show the question in words. Null where rows speak for
    /// themselves.
    /// </param>
    /// <exception cref="DllmException">A file cannot be written.</exception>
    public void Run(
        ParseResult parsed, Terminal terminal, OpenedModel model, IReadOnlyList<PreparedBatch> batches,
        Func<PreparedBatch, int, SamplingPace, SampleResult> result, CancellationToken cancellation,
        Func<int, (string Text, int Tokens)>? question = null)
    {
        _recording?.Observe(model.Model.Denoiser);
        int count = batches.Sum(batch => batch.Canvas.Rows);
        foreach (var batch in batches)
        {
            var pace = Sample(parsed, terminal, model, batch, Watched(batch, question), cancellation);
            for (int row = 0; row < batch.Canvas.Rows; row++)
            {
                var written = result(batch, row, pace);
                if (parsed.GetValue(_json)) terminal.WriteJson(written.ToJson());
                else terminal.WriteAnswer(count > 1 ? $"[{batch.First + row + 1}] {written.Text}" : written.Text);
            }
        }

        _export.Save(parsed, terminal, _recording, model);
    }

    private ISampler Watched(PreparedBatch batch, Func<int, (string Text, int Tokens)>? question)
    {
        if (_recording is null) return batch.Sampler;
        if (question is null) return _recording.Watch(batch.Sampler);
        var asked = Enumerable.Range(0, batch.Canvas.Rows).Select(row => question(batch.First + row)).ToList();
        return _recording.Watch(
            batch.Sampler, [.. asked.Select((each, row) => batch.Canvas.FirstColumn(row) + each.Tokens)], [.. asked.Select(each => each.Text)]);
    }

    // Shows the steps where that was asked for.
    private SamplingPace Sample(ParseResult parsed, Terminal terminal, OpenedModel model, PreparedBatch batch, ISampler sampler, CancellationToken cancellation)
    {
        if (!parsed.GetValue(_visualize)) return DenoisingDisplay.RunSilently(sampler, batch.Canvas, cancellation);
        var display = new DenoisingDisplay(terminal, model.CanvasText);
        return parsed.GetValue(_json)
            ? display.RunInLines(sampler, batch.Canvas, terminal.Error, cancellation)
            : display.Run(sampler, batch.Canvas, cancellation);
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator()
    {
        yield return _json;
        yield return _visualize;
        foreach (var option in _export) yield return option;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
