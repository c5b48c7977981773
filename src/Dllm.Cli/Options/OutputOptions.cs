using System.Collections;
using System.CommandLine;
using Dllm.Cli.Commands;
using Dllm.Cli.Display;
using Dllm.Sampling;

namespace Dllm.Cli.Options;

/// <summary>How results of a sampler are shown: text or JSON lines, with the steps or without.</summary>
internal sealed class OutputOptions : IEnumerable<Option>
{
    private readonly Option<bool> _json = CliOption.Switch(
        "--json", "Write a line of JSON a prompt: prompt, text, ids, steps, tokens_per_second, finish_reason");

    private readonly Option<bool> _visualize = CliOption.Switch(
        "--visualize", "Show the denoising: live on a terminal, a line a step in a pipe (with --json on the error stream)");

    /// <summary>Runs a sampler, showing its steps where that was asked for.</summary>
    public SamplingPace Run(
        ParseResult parsed, Terminal terminal, OpenedModel model, ISampler sampler, Canvas canvas, CancellationToken cancellation)
    {
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
        terminal.Output.WriteLine(line);
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator()
    {
        yield return _json;
        yield return _visualize;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
