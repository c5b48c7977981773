using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Google.Protobuf;

namespace Dllm.Training;

/// <summary>
/// Metrics as a TensorBoard event file: scalars named <c>train/loss</c>, <c>eval/nll</c> … as transformers writes them. Each process writes a file of
/// its own; after a resume TensorBoard itself drops what the earlier one told of later steps.
/// </summary>
public sealed class TensorBoardMetricSink : IMetricSink
{
    private FileStream? _file;
    private readonly TimeProvider _clock;
    private readonly string _directory;

    /// <summary>Names the directory, below which the first event makes a file.</summary>
    public TensorBoardMetricSink(string directory, TimeProvider? clock = null) =>
        (_directory, _clock) = (directory, clock ?? TimeProvider.System);

    private FileStream Opened()
    {
        if (_file is not null) return _file;
        var seconds = _clock.GetUtcNow().ToUnixTimeSeconds();
        var name = string.Create(
            CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds}.{Environment.MachineName}.{Environment.ProcessId}.{Guid.NewGuid():N}");
        Directory.CreateDirectory(_directory);
        _file = new FileStream(Path.Combine(_directory, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

        // Event { wall_time = 1, file_version = 3 }
        WriteEvent(_clock.GetUtcNow(), 0, output =>
        {
            output.WriteRawTag(3 << 3 | 2);
            output.WriteString("brain.Event:2");
        });
        return _file;
    }

    /// <inheritdoc/>
    public void Write(MetricEvent metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        var summary = Message(output =>
        {
            foreach (var (name, value) in metrics.Values)
            {
                // Summary { value = 1 { tag = 1, simple_value = 2 } }
                output.WriteRawTag(1 << 3 | 2);
                output.WriteBytes(Message(scalar =>
                {
                    scalar.WriteRawTag(1 << 3 | 2);
                    scalar.WriteString(Tag(name));
                    scalar.WriteRawTag(2 << 3 | 5);
                    scalar.WriteFloat((float)value);
                }));
            }
        });
        WriteEvent(metrics.Time, metrics.Step, output =>
        {
            output.WriteRawTag(5 << 3 | 2); // summary
            output.WriteBytes(summary);
        });
    }

    /// <inheritdoc/>
    public void Rewind(int step)
    {
        // SessionLog { status = 1: START } makes readers forget events of this step and later ones.
        WriteEvent(_clock.GetUtcNow(), step + 1, output =>
        {
            output.WriteRawTag(7 << 3 | 2);
            output.WriteBytes(Message(log =>
            {
                log.WriteRawTag(1 << 3 | 0);
                log.WriteEnum(1);
            }));
        });
    }

    /// <inheritdoc/>
    public void Flush() => MetricFile.Guard(_directory, () => _file?.Flush(flushToDisk: true));

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private static string Tag(string name) => name.StartsWith("eval_", StringComparison.Ordinal) ? "eval/" + name["eval_".Length..] : "train/" + name;

    private void WriteEvent(DateTimeOffset time, long step, Action<CodedOutputStream> rest)
    {
        var message = Message(output =>
        {
            output.WriteRawTag(1 << 3 | 1);
            output.WriteDouble(time.ToUnixTimeMilliseconds() / 1000.0);
            output.WriteRawTag(2 << 3 | 0);
            output.WriteInt64(step);
            rest(output);
        }).Span;

        // TFRecord: length, its checksum, the message, its checksum.
        Span<byte> frame = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(frame, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], MaskedCrc(frame[..8]));
        var record = new byte[frame.Length + message.Length + 4];
        frame.CopyTo(record);
        message.CopyTo(record.AsSpan(frame.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(frame.Length + message.Length), MaskedCrc(message));
        MetricFile.Guard(_directory, () => Opened().Write(record));
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
            write(output);
        return UnsafeByteOperations.UnsafeWrap(buffer.ToArray());
    }

    // CRC-32C, rotated and offset so that a checksum of data that holds checksums stays strong.
    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8u;
    }
}
