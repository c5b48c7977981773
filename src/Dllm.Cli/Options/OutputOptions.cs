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

    /// <summary>Checks where files are to be written, before anything loads.</summary>
    /// <exception cref="DllmException">A file's folder does not exist, or two files are the same.</exception>
    public void Begin(ParseResult parsed) => _recording = _export.Begin(parsed);

    /// <summary>Writes the files asked for.</summary>
    /// <exception cref="DllmException">A file cannot be written.</exception>
    public void End(ParseResult parsed, Terminal terminal, OpenedModel model) => _export.Save(parsed, terminal, _recording, model);

    /// <summary>Runs a sampler, showing its steps where that was asked for.</summary>
    public SamplingPace Run(
        ParseResult parsed, Terminal terminal, OpenedModel model, ISampler sampler, Canvas canvas, CancellationToken cancellation)
    {
        if (_recording is not null) sampler = _recording.Watch(sampler);
        if (!parsed.GetValue(_visualize)) return DenoisingDisplay.RunSilently(sampler, canvas, cancellation);
        var text = new CanvasText(ids => model.Tokenizer.Decode(ids, skipSpecialTokens: true));
        var display = new DenoisingDisplay(terminal, text);
        return parsed.GetValue(_json)
            ? display.RunInLines(sampler, canvas, terminal.Error, cancellation)
            : display.Run(sampler, canvas, cancellation);
    }

    /// <summary>Writes one result.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Where to.</param>
    /// <param name="result">What.</param>
    /// <param name="number">Which of <paramref name="count"/>, from 1.</param>
    /// <param name="count">How many there are: several are numbered.</param>
    public void Write(ParseResult parsed, Terminal terminal, SampleResult result, int number, int count)
    {
        string line = parsed.GetValue(_json) ? result.ToJson() : count > 1 ? $"[{number}] {result.Text}" : result.Text;
        terminal.WriteAnswer(line);
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
