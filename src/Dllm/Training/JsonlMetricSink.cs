using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dllm.Training;

/// <summary>Metrics as a text file with one JSON object a line: <c>{"step":10,"epoch":0.5,"time":"…","loss":3.2,…}</c>. A value that is not finite is a string.</summary>
public sealed class JsonlMetricSink : IMetricSink
{
    private readonly string _path;
    private FileStream? _file;

    /// <summary>Names the file; it is opened for appending, or created, by the first event.</summary>
    public JsonlMetricSink(string path) => _path = path;

    /// <inheritdoc/>
    public void Write(MetricEvent metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        var line = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(line))
            WriteObject(writer, metrics);
        line.Write("\n"u8);
        MetricFile.Guard(_path, () => Opened().Write(line.WrittenSpan)); // at once, and unbuffered: a line is there or it is not
    }

    private static void WriteObject(Utf8JsonWriter writer, MetricEvent metrics)
    {
        writer.WriteStartObject();
        writer.WriteNumber("step", metrics.Step);
        writer.WriteNumber("epoch", metrics.Epoch);
        writer.WriteString("time", metrics.Time);
        foreach (var (name, value) in metrics.Values)
        {
            if (double.IsFinite(value)) writer.WriteNumber(name, value);
            else writer.WriteString(name, value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public void Rewind(int step)
    {
        MetricFile.Guard(_path, () => RewriteUpTo(step));
    }

    private void RewriteUpTo(int step)
    {
        _file?.Dispose();
        _file = null;
        if (!File.Exists(_path)) return;
        var kept = PlainFile.ReadDamagedLines(_path).Where(line => StepOf(line) <= step).ToArray();
        File.WriteAllLines(_path + ".tmp", kept);
        File.Move(_path + ".tmp", _path, overwrite: true);
    }

    /// <inheritdoc/>
    public void Flush() => MetricFile.Guard(_path, () => _file?.Flush(flushToDisk: true));

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    // A line cut short by a crash has no step that counts.
    private static int StepOf(string line)
    {
        try
        {
            return JsonNode.Parse(line)?["step"]?.GetValue<int>() ?? int.MaxValue;
        }
        catch (JsonException)
        {
            return int.MaxValue;
        }
    }

    private FileStream Opened()
    {
        if (_file is not null) return _file;
        if (FileKind.Special(_path) is not "a device") PlainFile.CheckTarget(_path); // a pipe without a reader would be waited for
        return _file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }
}
