using System.Globalization;
using Dllm.Training;
using ScottPlot;

namespace Dllm.Cli.Display;

/// <summary>
/// The loss of a run over its steps: collects what the trainer tells, draws it as text and as a picture.
/// </summary>
internal sealed class LossCurve : IMetricSink
{
    private readonly List<(double Step, double Loss)> _training = [];
    private readonly List<(double Step, double Loss)> _evaluation = [];

    /// <summary>Losses of training steps, in their order.</summary>
    public IReadOnlyList<(double Step, double Loss)> Training => _training;

    /// <summary>Losses of evaluations, in their order.</summary>
    public IReadOnlyList<(double Step, double Loss)> Evaluation => _evaluation;

    /// <inheritdoc/>
    public void Write(MetricEvent metrics)
    {
        foreach (var (name, value) in metrics.Values)
        {
            if (name == "loss") _training.Add((metrics.Step, value));
            if (name == "eval_loss") _evaluation.Add((metrics.Step, value));
        }
    }

    /// <inheritdoc/>
    public void Rewind(int step)
    {
        _training.RemoveAll(point => point.Step > step);
        _evaluation.RemoveAll(point => point.Step > step);
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Training's and evaluation's losses as two charts of text, without colours; empty where there are fewer than two losses.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows of the drawing.</param>
    public string Draw(int width = 80, int height = 10)
    {
        string training = Draw("training loss", _training, width, height);
        return training.Length == 0 || _evaluation.Count < 2 ? training : $"{training}\n{Draw("evaluation loss", _evaluation, width, height / 2)}";
    }

    private static string Draw(string name, List<(double Step, double Loss)> points, int width, int height)
    {
        string chart = BrailleChart.Draw(points, Math.Min(width - 1, 100), height);
        return chart.Length == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $"{name} by step: {points[0].Loss:0.####} at first, {points[^1].Loss:0.####} at the end\n{chart}");
    }

    /// <summary>Writes the curve as a PNG, aside and then renamed. Nothing is written where there are fewer than two losses.</summary>
    /// <exception cref="DllmException">The file cannot be written.</exception>
    public bool SavePng(string path, string title)
    {
        if (_training.Count < 2) return false;
        using var plot = new Plot();
        AddLine(plot, _training, "training loss");
        if (_evaluation.Count > 0) AddLine(plot, _evaluation, "evaluation loss");
        plot.Title(title);
        plot.XLabel("step");
        plot.YLabel("loss");
        plot.ShowLegend();
        string aside = path + ".partial";
        try
        {
            File.WriteAllBytes(aside, plot.GetImageBytes(900, 540, ImageFormat.Png));
            File.Move(aside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllmException($"the loss curve {path} cannot be written: {e.Message}", "choose another folder or free some space", e);
        }

        return true;
    }

    private static void AddLine(Plot plot, List<(double Step, double Loss)> points, string name)
    {
        var line = plot.Add.ScatterLine(points.Select(point => point.Step).ToArray(), points.Select(point => point.Loss).ToArray());
        line.LegendText = name;
        line.LineWidth = 2;
    }
}
