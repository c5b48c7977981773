using System.Text;
using Dllm.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Dllm.Tests.Checkpoints;

public class SafetensorsTests
{
    [Fact]
    public void EveryTorchTypeSurvives()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var values = tensor(new double[] { 0, 1, -2, 100 }).view(2, 2);
        ScalarType[] types =
        [
            ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64, ScalarType.Float16,
            ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64, ScalarType.ComplexFloat32,
        ];
        var tensors = types.ToDictionary(type => type.ToString(), type => values.abs().to_type(type));
        SafetensorsWriter.Write(folder.File("all"), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        using var file = SafetensorsFile.Open(folder.File("all"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(types.Length, file.Tensors.Count);
        foreach (var (name, expected) in tensors)
        {
            var read = file.Read(name);
            Assert.Equal(expected.dtype, read.dtype);
            Assert.True(read.equal(expected).all().item<bool>(), name);
        }
    }

    [Fact]
    public void ScalarsEmptyTensorsAndStridesSurvive()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var transposed = arange(6, ScalarType.Float32).view(2, 3).t();
        SafetensorsWriter.Write(
            folder.File("f"),
            new Dictionary<string, Tensor> { ["scalar"] = tensor(3.5f), ["empty"] = zeros(2, 0, 3), ["transposed"] = transposed });
        using var file = SafetensorsFile.Open(folder.File("f"));
        Assert.Equal(3.5f, file.Read("scalar").item<float>());
        Assert.Equal([2L, 0, 3], file.Read("empty").shape);
        Assert.Equal(transposed.contiguous().data<float>().ToArray(), file.Read("transposed").contiguous().data<float>().ToArray());
    }

    [Fact]
    public void LayoutIsTheReferenceWriters()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(
            folder.File("f"),
            new Dictionary<string, Tensor>
            {
                ["b"] = ones(1),
                ["a"] = ones(1),
                ["c"] = ones(1, ScalarType.Int64),
                ["d"] = ones(1, ScalarType.Bool),
            });
        var bytes = File.ReadAllBytes(folder.File("f"));
        var length = BitConverter.ToInt32(bytes);
        Assert.Equal(0, length % 8);
        var header = Encoding.UTF8.GetString(bytes, 8, length);
        Assert.Equal(
            """{"c":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"""
            + """
            "b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"d":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]}}
            """,
            header.TrimEnd(' '));
    }

    [Fact]
    public void ChangingASharedTensorLeavesTheFileAlone()
    {
        using var folder = new TemporaryFolder();
        using var original = ones(4);
        SafetensorsWriter.Write(folder.File("f"), new Dictionary<string, Tensor> { ["x"] = original });
        var before = File.ReadAllBytes(folder.File("f"));
        using (var file = SafetensorsFile.Open(folder.File("f")))
        using (var read = file.Read("x"))
        {
            read.fill_(7);
            Assert.Equal(28, read.sum().item<float>());
        }

        Assert.Equal(before, File.ReadAllBytes(folder.File("f")));
    }

    [Fact]
    public void ATensorOutlivesItsFile()
    {
        using var folder = new TemporaryFolder();
        using var original = arange(100_000, ScalarType.Float32);
        SafetensorsWriter.Write(folder.File("f"), new Dictionary<string, Tensor> { ["x"] = original });
        Tensor first, second;
        using (var file = SafetensorsFile.Open(folder.File("f")))
            (first, second) = (file.Read("x"), file.Read("x"));
        File.Delete(folder.File("f"));
        first.Dispose();
        Assert.Equal(99_999, second[-1].item<float>());
        second.Dispose();
    }

    [Fact]
    public void MisalignedTensorsAreCopied()
    {
        using var folder = new TemporaryFolder();
        byte[] data = [9, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)];
        var path = RawSafetensors.Write(
            folder,
            """{"o":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}""",
            data);
        using var file = SafetensorsFile.Open(path);
        using var read = file.Read("x");
        Assert.Equal([1.5f, -2f], read.data<float>().ToArray());
    }

    [Theory]
    [InlineData("U16", new byte[] { 0xFF, 0xFF, 1, 0 }, new long[] { 65535, 1 })]
    [InlineData("U32", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0 }, new long[] { 4294967295, 2 })]
    [InlineData("U64", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0 }, new long[] { 1, 2 })]
    public void UnsignedIntegersComeBackWider(string type, byte[] data, long[] expected)
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(RawSafetensors.Write(folder, RawSafetensors.One(type, "[2]", $"[0,{data.Length}]"), data));
        using var read = file.Read("x").to_type(ScalarType.Int64);
        Assert.Equal(expected, read.data<long>().ToArray());
    }

    [Fact]
    public void AnUnsignedIntegerBeyondInt64IsAnError()
    {
        using var folder = new TemporaryFolder();
        byte[] data = [255, 255, 255, 255, 255, 255, 255, 255];
        using var file = SafetensorsFile.Open(RawSafetensors.Write(folder, RawSafetensors.One("U64", "[1]", "[0,8]"), data));
        Assert.Contains("too large", Assert.Throws<DllmException>(() => file.Read("x")).Message);
    }

    [Theory]
    [InlineData("F8_E4M3", new byte[] { 0x38, 0xB8, 0x7E, 0x7F, 0x01 }, new[] { 1f, -1f, 448f, float.NaN, 0.001953125f })]
    [InlineData("F8_E5M2", new byte[] { 0x3C, 0xC0, 0x7B, 0x7C, 0xFC }, new[] { 1f, -2f, 57344f, 1f / 0, -1f / 0 })]
    [InlineData("F8_E5M2", new byte[] { 0x7D, 0x01 }, new[] { float.NaN, 1f / 65536 })]
    [InlineData("F8_E8M0", new byte[] { 127, 128, 126, 255 }, new[] { 1f, 2f, 0.5f, float.NaN })]
    [InlineData("F4", new byte[] { 0x72, 0xF1 }, new[] { 1f, 6f, 0.5f, -6f })]
    [InlineData("F6_E2M3", new byte[] { 0b11_001000, 0b0000_0111, 0b100000_01 }, new[] { 1f, 7.5f, 2f, 0f })]
    [InlineData("F6_E3M2", new byte[] { 0b11_001100, 0b0000_0111, 0b101100_01 }, new[] { 1f, 28f, 2f, -1f })]
    public void NarrowFloatsAreDecoded(string type, byte[] data, float[] expected)
    {
        using var folder = new TemporaryFolder();
        var header = RawSafetensors.One(type, $"[{expected.Length}]", $"[0,{data.Length}]");
        using var file = SafetensorsFile.Open(RawSafetensors.Write(folder, header, data));
        using var read = file.Read("x");
        Assert.Equal(expected.Select(x => x == 0 ? 0 : x), read.data<float>().ToArray().Select(x => x == 0 ? 0 : x));
    }

    [Fact]
    public void ReadingAndWritingLeaveNoTensorBehind()
    {
        using var folder = new TemporaryFolder();
        using var original = ones(64, 64);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 3; i++)
        {
            SafetensorsWriter.Write(folder.File("f"), new Dictionary<string, Tensor> { ["x"] = original });
            using var file = SafetensorsFile.Open(folder.File("f"));
            file.Read("x").Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
