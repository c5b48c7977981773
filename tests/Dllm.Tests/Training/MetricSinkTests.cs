using System.Buffers.Binary;
using System.Text.Json;
using Dllm.Training;
using Google.Protobuf;

namespace Dllm.Tests.Training;

public sealed class MetricSinkTests
{
    [Fact]
    public void Lines_are_json_and_what_a_resumed_run_voids_is_gone()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "metrics.jsonl");
        using (var sink = new JsonlMetricSink(path))
        {
            sink.Write(Event(1, ("loss", 1.5)));
            sink.Write(Event(2, ("loss", double.NaN)));
            sink.Write(Event(3, ("loss", 0.1)));
        }

        File.AppendAllText(path, "{\"step\":1,\"lo"); // cut short by a crash
        using (var sink = new JsonlMetricSink(path))
        {
            sink.Rewind(2);
            sink.Write(Event(3, ("loss", 0.2)));
        }

        var lines = File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([1, 2, 3], lines.Select(line => line.GetProperty("step").GetInt32()));
        Assert.Equal("NaN", lines[1].GetProperty("loss").GetString());
        Assert.Equal(0.2, lines[2].GetProperty("loss").GetDouble());
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_told() =>
        Assert.Contains("cannot be written", Assert.Throws<DllmException>(() => new JsonlMetricSink("/nowhere/at/all.jsonl").Write(Event(1, ("loss", 1)))).Message);

    [Fact]
    public void Nothing_is_made_before_there_is_something_to_tell()
    {
        using var directory = new TemporaryDirectory();
        using (var sink = new JsonlMetricSink(Path.Combine(directory.Path, "metrics.jsonl")))
            sink.Flush();
        using (var sink = new TensorBoardMetricSink(Path.Combine(directory.Path, "events")))
            sink.Flush();
        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void A_full_disk_is_told()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        using var sink = new JsonlMetricSink("/dev/full");
        Assert.Contains("No space left", Assert.Throws<DllmException>(() => sink.Write(Event(1, ("loss", 1)))).Message);
    }

    [Fact]
    public void TensorBoard_records_have_their_checksums_and_scalars()
    {
        using var directory = new TemporaryDirectory();
        using (var sink = new TensorBoardMetricSink(directory.Path))
        {
            sink.Rewind(4);
            sink.Write(Event(7, ("loss", 1.5), ("eval_nll", 2.25)));
        }

        var records = Records(File.ReadAllBytes(Assert.Single(Directory.GetFiles(directory.Path)))).ToArray();
        Assert.Equal(3, records.Length);
        Assert.Equal("brain.Event:2", Fields(records[0])[3].ToStringUtf8());
        var (start, scalars) = (Fields(records[1]), Fields(records[2]));
        Assert.True(start.ContainsKey(7)); // a session starts …
        Assert.Equal(5, Step(records[1])); // … at the step after the checkpoint's
        Assert.Equal(7, Step(records[2]));
        var values = Repeated(scalars[5].ToByteArray()).Select(v => Fields(v)).Select(v => (v[1].ToStringUtf8(), BitConverter.ToSingle(v[2].Span))).ToArray();
        Assert.Equal([("train/loss", 1.5f), ("eval/nll", 2.25f)], values);
    }

    private static MetricEvent Event(int step, params (string Name, double Value)[] values) =>
        new(step, step / 10.0, DateTimeOffset.UnixEpoch, [.. values.Select(v => KeyValuePair.Create(v.Name, v.Value))]);

    // A reader of its own, with the checksum computed bit by bit.
    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            var data = file.AsSpan(at + 12, length).ToArray();
            Assert.Equal(Masked(data), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            at += 16 + length;
            yield return data;
        }
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        Assert.Equal(0xE3069283u, Crc("123456789"u8)); // the published check value of CRC-32C
        var crc = Crc(data);
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }

        return ~crc;
    }

    private static long Step(byte[] record)
    {
        var input = new CodedInputStream(record);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (tag == 16) return input.ReadInt64();
            input.SkipLastField();
        }

        return 0;
    }

    // Length-delimited and 32-bit fields by number.
    private static Dictionary<int, ByteString> Fields(byte[] message)
    {
        var fields = new Dictionary<int, ByteString>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if ((tag & 7) == 2) fields[(int)(tag >> 3)] = input.ReadBytes();
            else if ((tag & 7) == 5) fields[(int)(tag >> 3)] = ByteString.CopyFrom(BitConverter.GetBytes(input.ReadFloat()));
            else input.SkipLastField();
        }

        return fields;
    }

    private static IEnumerable<byte[]> Repeated(byte[] message)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() != 0)
            yield return input.ReadBytes().ToByteArray();
    }
}
