using System.Collections;
using System.CommandLine;
using Dllm.Cli.Display;
using Dllm.Cli.Display.Export;

namespace Dllm.Cli.Options;

/// <summary>Files that show how a text came to be.</summary>
internal sealed class ExportOptions : IEnumerable<Option>
{
    private readonly Option<string?> _gif = CliOption.Path("--gif", "Write the denoising as an animated picture", "FILE");

    private readonly Option<string?> _html = CliOption.Path(
        "--html", "Write the denoising as a web page of one file, with a slider over the steps and a colour for each confidence", "FILE");

    private readonly Option<string?> _svg = CliOption.Path(
        "--svg", "Write the denoising as a still picture: a line for each step, a column for each token", "FILE");

    /// <summary>What is to be written; null where no file was asked for.</summary>
    /// <exception cref="DllmException">A file's folder does not exist, or the name is a folder's, or two options name the same file.</exception>
    public DenoisingRecording? Begin(ParseResult parsed)
    {
        var files = Files(parsed).ToList();
        foreach (var (_, file) in files)
        {
            string? folder = Path.GetDirectoryName(Path.GetFullPath(file));
            if (!Directory.Exists(folder)) throw new DllmException($"the folder of '{file}' does not exist", "make it first, or choose another");
            if (Directory.Exists(file)) throw new DllmException($"'{file}' is a folder", "name a file in it");
        }

        if (files.GroupBy(file => Path.GetFullPath(file.Path)).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new DllmException($"{string.Join(" and ", twice.Select(file => file.Option))} name the same file '{twice.First().Path}'", "give each a file of its own");
        return files.Count > 0 ? new DenoisingRecording() : null;
    }

    /// <summary>Writes the files asked for; says so where there is nothing to show in them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">For what is to be said.</param>
    /// <param name="recording">What was recorded; null where nothing was asked for.</param>
    /// <param name="model">The model that wrote.</param>
    /// <exception cref="DllmException">A file cannot be written.</exception>
    public void Save(ParseResult parsed, Terminal terminal, DenoisingRecording? recording, OpenedModel model)
    {
        if (recording is null) return;
        if (recording.Runs.Count == 0)
        {
            foreach (var (_, file) in Files(parsed)) terminal.Warn($"'{file}' is not written: there was no answer to show");
            return;
        }

        recording = recording.WithEnd(model.Ends.Pieces);
        var texts = new TokenTexts(model.Tokenizer);
        string title = $"{model.Model.Config.ModelType}, step by step";
        if (parsed.GetValue(_gif) is { } gif) new GifExport(texts).Save(gif, recording);
        if (parsed.GetValue(_html) is { } html) new HtmlExport(texts).Save(html, title, recording);
        if (parsed.GetValue(_svg) is { } svg) new SvgExport(texts).Save(svg, title, recording);
        // The standard output is the answers'.
        foreach (var (_, file) in Files(parsed))
            terminal.Error.WriteLine($"wrote {Terminal.OneLine(file)} ({recording.Runs.Sum(run => run.Steps)} steps, {ByteSize.Show(new FileInfo(file).Length)})");
    }

    private IEnumerable<(string Option, string Path)> Files(ParseResult parsed) =>
        ((Option<string?>[])[_gif, _html, _svg]).Where(option => parsed.GetValue(option) is not null).Select(option => (option.Name, parsed.GetValue(option)!));

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() => ((IEnumerable<Option>)[_gif, _html, _svg]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
