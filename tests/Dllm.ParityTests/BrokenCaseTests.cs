using System.Text;
using System.Text.Json.Nodes;
using Dllm.Verification;

namespace Dllm.ParityTests;

/// <summary>What is wrong or missing in a reference vector is told, and never passes.</summary>
public sealed class BrokenCaseTests : IDisposable
{
    private const string Sampled = "bert/mdlm-batch";
    private const string Forward = "bert/fwd/fwd-nomask";

    private readonly string _root = Directory.CreateTempSubdirectory("dllm-broken-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(Sampled)]
    [InlineData(Forward)]
    public void TheUnbrokenCasePasses(string name) => Assert.Equal(CaseStatus.Passed, Run(name).Status);

    [Theory]
    [InlineData("sequences", "[[1]]")]
    [InlineData("history_length", "3")]
    [InlineData("model_forwards", "3")]
    [InlineData("seed", "\"soon\"")]
    public void AWrongValueFails(string key, string value) =>
        Assert.Equal(CaseStatus.Failed, Run(Sampled, json => json[key] = JsonNode.Parse(value)).Status);

    [Theory]
    [InlineData("sampler", "teleport")]
    [InlineData("kind", "telepathy")]
    public void AnUnknownNameIsSkippedAndNamed(string key, string value)
    {
        var outcome = Run(Sampled, json => json[key] = value);
        Assert.Equal(CaseStatus.Skipped, outcome.Status);
        Assert.Contains(value, outcome.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Sampled, "histories")]
    [InlineData(Forward, "logits")]
    [InlineData(Forward, "last_hidden_state")]
    [InlineData(Forward, "compare_mask")]
    public void AMissingTensorFails(string name, string tensor)
    {
        var outcome = Run(name, lost: tensor);
        Assert.Equal(CaseStatus.Failed, outcome.Status);
        Assert.Contains(tensor, outcome.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ACaseGivenByItselfFindsTheModelInTheFolderAbove()
    {
        var folder = Path.Combine(GoldenFolders.Repository, "tests", "golden", "models", Forward);
        Assert.Equal(CaseStatus.Passed, Assert.Single(VerificationRun.Run(folder)).Status);
    }

    // A copy of a case and its model, changed.
    private CaseOutcome Run(string name, Action<JsonNode>? change = null, string? lost = null)
    {
        var source = Path.Combine(GoldenFolders.Repository, "tests", "golden", "models", name);
        var model = File.Exists(Path.Combine(source, "config.json")) ? source : Path.GetDirectoryName(source)!;
        foreach (var file in new[] { "config.json", "model.safetensors" }) File.Copy(Path.Combine(model, file), Path.Combine(_root, file));
        var tensors = File.ReadAllBytes(Path.Combine(source, "tensors.safetensors"));
        if (lost is not null) Encoding.UTF8.GetBytes(new string('x', lost.Length)).CopyTo(tensors, PlaceOfName(tensors, lost));
        File.WriteAllBytes(Path.Combine(_root, "tensors.safetensors"), tensors);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "case.json")))!;
        change?.Invoke(json);
        File.WriteAllText(Path.Combine(_root, "case.json"), json.ToJsonString());
        return VerificationRun.RunOne(_root, _root);
    }

    private static int PlaceOfName(byte[] tensors, string name) => tensors.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{name}\"")) + 1;
}
