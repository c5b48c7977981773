using Dllm.Checkpoints;
using static TorchSharp.torch;

namespace Dllm.Tests.Checkpoints;

public class CheckpointFilesTests
{
    [Fact]
    public void LargeWeightsAreSplitAndReadBack()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 5).ToDictionary(i => $"t{i}", i => full([10], (float)i)); // 40 bytes each
        CheckpointWriter.SaveWeights(folder.Path, tensors, shardBytes: 100);
        Assert.Equal(
            [
                "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors",
                "model.safetensors.index.json",
            ],
            Names(folder));
        Assert.Contains("\"total_size\": 200", File.ReadAllText(folder.File("model.safetensors.index.json")));
        using var reader = CheckpointReader.Open(folder.Path);
        Assert.Equal(5, reader.Tensors.Count);
        Assert.Equal(30, reader.Read("t3").sum().item<float>());
    }

    [Fact]
    public void SavingAgainInAnotherNumberOfFilesLeavesNoOldOnes()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 3).ToDictionary(i => $"t{i}", i => full([10], (float)i));
        CheckpointWriter.SaveWeights(folder.Path, tensors, shardBytes: 50);
        CheckpointWriter.SaveWeights(folder.Path, tensors);
        Assert.Equal(["model.safetensors"], Names(folder));
        CheckpointWriter.SaveWeights(folder.Path, tensors, shardBytes: 50);
        Assert.Equal(4, Names(folder).Length);
        Assert.DoesNotContain("model.safetensors", Names(folder));
    }

    [Fact]
    public void AnIndexMayNotLeadOutsideItsFolder()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["../model.safetensors", "/etc/passwd", "a/b.safetensors", ".."])
        {
            File.WriteAllText(folder.File("model.safetensors.index.json"), $$$"""{"weight_map":{"x":"{{{name}}}"}}""");
            Assert.Contains("not a plain file name", Refused(folder));
        }
    }

    [Fact]
    public void AnIndexMustTellTheTruth()
    {
        using var folder = new TemporaryFolder();
        using var tensor = ones(1);
        SafetensorsWriter.Write(folder.File("a.safetensors"), new Dictionary<string, Tensor> { ["x"] = tensor });
        File.WriteAllText(folder.File("model.safetensors.index.json"), """{"weight_map":{"y":"a.safetensors"}}""");
        Assert.Contains("'y' is in a.safetensors, where it is not", Refused(folder));
        File.WriteAllText(folder.File("model.safetensors.index.json"), """{"weight_map":{"x":"b.safetensors"}}""");
        Assert.Contains("b.safetensors' does not exist", Refused(folder));
        File.WriteAllText(folder.File("model.safetensors.index.json"), "{}");
        Assert.Contains("no weight_map", Refused(folder));
    }

    [Fact]
    public void APickleIsRefusedWithTheRemedy()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("pytorch_model.bin"), "x");
        Assert.Contains("safe_serialization=True", Refused(folder));
    }

    [Fact]
    public void AWrongFolderIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("holds neither model.safetensors", Refused(folder));
        var error = Assert.Throws<DllmException>(() => CheckpointReader.Open("/no/such/folder"));
        Assert.Contains("'/no/such/folder' does not exist", error.Message);
    }

    private static string[] Names(TemporaryFolder folder) =>
        [.. Directory.GetFiles(folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private static string Refused(TemporaryFolder folder) =>
        Assert.Throws<DllmException>(() => CheckpointReader.Open(folder.Path)).Message;
}
