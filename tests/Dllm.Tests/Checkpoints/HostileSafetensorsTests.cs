using System.Text;
using Dllm.Checkpoints;

namespace Dllm.Tests.Checkpoints;

/// <summary>Every way a header can lie is one clear error, found before any memory is set aside for what it claims.</summary>
public class HostileSafetensorsTests
{
    [Theory]
    [InlineData("[4]", "[0,16]", "claims bytes 0 to 16 of the 8")] // beyond the end
    [InlineData("[1]", "[4,0]", "claims bytes 4 to 0")]
    [InlineData("[2]", "[-1,7]", "whole numbers")]
    [InlineData("[2]", "[0,8,8]", "whole numbers")]
    [InlineData("[2]", "[0]", "two data_offsets")]
    [InlineData("[2]", "[0.5,8]", "whole numbers")]
    [InlineData("[2]", "[0,99999999999999999999]", "whole numbers")]
    [InlineData("[3]", "[0,8]", "does not fit its 8 bytes")]
    [InlineData("[1]", "[0,8]", "does not fit its 8 bytes")]
    [InlineData("[4611686018427387904,4]", "[0,8]", "2^63 elements")] // the product overflows to 0
    [InlineData("[9223372036854775807,9223372036854775807,9223372036854775807]", "[0,8]", "2^63 elements")]
    [InlineData("[0,9223372036854775807,9223372036854775807]", "[0,0]", "2^63 elements")]
    [InlineData("[-2]", "[0,8]", "whole numbers")]
    [InlineData("2", "[0,8]", "must be a list")]
    [InlineData("[1]", "[4,8]", "leaves a hole")]
    [InlineData("[1]", "[0,4]", "tensors end at byte")]
    public void TensorMustFitTheFile(string shape, string offsets, string expected) =>
        Refused(RawSafetensors.One("F32", shape, offsets), new byte[8], expected);

    [Theory]
    [InlineData("", "does not begin with '{'")]
    [InlineData("[]", "does not begin with '{'")]
    [InlineData(" {}", "does not begin with '{'")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{} {}", "not valid JSON")]
    [InlineData("{\"x\":", "not valid JSON")]
    [InlineData("{\"x\":{}}", "needs dtype, shape and two data_offsets")]
    [InlineData("{\"x\":5}", "must be an object")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}}", "'more'")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "'dtype'")]
    [InlineData("{\"x\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}", "unknown type 'F33'")]
    [InlineData("{\"x\":{\"dtype\":\"f32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "unknown type 'f32'")]
    [InlineData("{\"x\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}", "'dtype'")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "not valid JSON")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", "must hold texts")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "'a' twice")]
    [InlineData("{\"__metadata__\":[]}", "must be an object")]
    [InlineData("{\"x\":[[[[[[[[[[1]]]]]]]]]]}", "must be an object")]
    public void HeaderMustBeWellFormed(string header, string expected) => Refused(header, new byte[8], expected);

    [Fact]
    public void NamesAreUnique()
    {
        const string Tensor = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
        Refused($"{{\"x\":{Tensor},\"x\":{Tensor}}}", new byte[4], "'x' is listed twice");
    }

    [Fact]
    public void TensorsDoNotOverlap()
    {
        Refused(
            "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"y\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
            new byte[6], "overlaps");
    }

    [Fact]
    public void HeaderIsUtf8()
    {
        using var folder = new TemporaryFolder();
        byte[] header = [.. "{\""u8, 0xFF, 0xFE, .. "\":1}"u8];
        var path = RawSafetensors.Write(folder, header, []);
        Assert.Contains("not UTF-8", Assert.Throws<DllmException>(() => SafetensorsFile.Open(path)).Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(1000ul)]
    public void DeclaredLengthIsNotTrusted(ulong declared)
    {
        using var folder = new TemporaryFolder();
        var path = RawSafetensors.Write(folder, "{}", [], declared);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains($"claims {declared} bytes", Assert.Throws<DllmException>(() => SafetensorsFile.Open(path)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void HeaderBeyondTheFormatsBoundIsNotRead()
    {
        using var folder = new TemporaryFolder();
        var path = RawSafetensors.Write(folder, "{}", [], 200_000_000);
        using (var file = File.OpenWrite(path))
            file.SetLength(200_000_100); // sparse
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("larger than", Assert.Throws<DllmException>(() => SafetensorsFile.Open(path)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void FileShorterThanItsFirstFieldIsRefused(int bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("short"), new byte[bytes]);
        Assert.Contains($"has {bytes} bytes", Assert.Throws<DllmException>(() => SafetensorsFile.Open(folder.File("short"))).Message);
    }

    [Fact]
    public void MissingFileIsNamed() =>
        Assert.Contains("/no/such.safetensors", Assert.Throws<DllmException>(() => SafetensorsFile.Open("/no/such.safetensors")).Message);

    [Fact]
    public void EveryTruncationOfAGoodFileIsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = RawSafetensors.Write(folder, RawSafetensors.One("F32", "[2,3]", "[0,24]"), new byte[24]);
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole.AsSpan(0, length));
            Assert.Throws<DllmException>(() => SafetensorsFile.Open(path));
        }
    }

    [Fact]
    public void RandomDamageNeverEscapesAsAnotherException()
    {
        using var folder = new TemporaryFolder();
        var path = RawSafetensors.Write(
            folder, """{"__metadata__":{"format":"pt"},"a":{"dtype":"I64","shape":[1,2],"data_offsets":[0,16]}}""", new byte[16]);
        var whole = File.ReadAllBytes(path);
        var random = new Random(7);
        for (var trial = 0; trial < 2000; trial++)
        {
            var damaged = (byte[])whole.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(whole.Length - 16)] = (byte)random.Next(256);
            File.WriteAllBytes(path, damaged);
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var name in file.Tensors.Keys)
                    file.Read(name).Dispose(); // what was accepted can be read
            }
            catch (DllmException)
            {
                // refused: as good
            }
        }
    }

    private static void Refused(string header, byte[] data, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = RawSafetensors.Write(folder, Encoding.UTF8.GetBytes(header), data);
        var error = Assert.Throws<DllmException>(() => SafetensorsFile.Open(path));
        Assert.Contains(expected, error.Message);
        Assert.Contains(path, error.Message);
    }
}
