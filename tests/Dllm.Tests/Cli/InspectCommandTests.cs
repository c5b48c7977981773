using System.Text.Json.Nodes;

namespace Dllm.Tests.Cli;

/// <summary>The verdict of <c>dllm inspect</c>: yes only where the commands would open the checkpoint.</summary>
public sealed class InspectCommandTests(TinyCheckpoint tiny) : IClassFixture<TinyCheckpoint>
{
    [Fact]
    public void A_whole_checkpoint_runs_here()
    {
        var run = CliRun.Of("inspect", tiny.Model);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("runs here   yes: as float32", run.Output, StringComparison.Ordinal);
        Assert.True((bool)Json(tiny.Model)["runs_here"]!);
    }

    [Theory]
    [InlineData("empty", "2 things are wrong", "config.json' does not exist", "holds neither model.safetensors nor")]
    [InlineData("family", "one thing is wrong", "model_type 't5' is not supported")]
    [InlineData("truncated", "one thing is wrong", "is not a whole safetensors file")]
    [InlineData("shard", "one thing is wrong", "model-00001-of-00002.safetensors")]
    [InlineData("tokenizer", "one thing is wrong", "tokenizer.json: not valid JSON")]
    [InlineData("no tokenizer", "it has no tokenizer.json; copy the tokenizer's files into its folder")]
    [InlineData("tokenizer and family", "2 things are wrong", "model_type 't5'", "tokenizer.json")]
    public void What_cannot_be_opened_does_not_run_here_and_all_reasons_are_told(string damage, params string[] told)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in damage == "empty" ? [] : Directory.GetFiles(tiny.Model)) File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        string At(string name) => Path.Combine(folder.Path, name);
        if (damage.Contains("family")) File.WriteAllText(At("config.json"), File.ReadAllText(At("config.json")).Replace("\"modernbert\"", "\"t5\"").Replace("\"bert\"", "\"t5\""));
        if (damage == "truncated") Truncate(At("model.safetensors"));
        if (damage.StartsWith("tokenizer")) Truncate(At("tokenizer.json"));
        if (damage == "no tokenizer") File.Delete(At("tokenizer.json"));
        if (damage == "shard")
        {
            File.Delete(At("model.safetensors"));
            File.WriteAllText(At("model.safetensors.index.json"), """{"weight_map":{"a":"model-00001-of-00002.safetensors"}}""");
        }

        var run = CliRun.Of("inspect", folder.Path);
        Assert.Equal(damage == "no tokenizer" ? 0 : 1, run.ExitCode); // which training is given by name
        Assert.Contains("runs here   no: ", run.Output, StringComparison.Ordinal);
        Assert.All(told, words => Assert.Contains(words, run.Output, StringComparison.Ordinal));
        var json = Json(folder.Path);
        Assert.False((bool)json["runs_here"]!);
        Assert.NotEmpty(json["obstacles"]!.AsArray());
    }

    [Fact]
    public void A_file_is_no_checkpoint() =>
        CliRun.Of("inspect", Path.Combine(tiny.Model, "config.json")).ShouldBeMistake("is a file", "give the folder that it is in");

    private static JsonNode Json(string folder) => JsonNode.Parse(CliRun.Of("inspect", folder, "--json").Output)!;

    private static void Truncate(string file) => File.WriteAllBytes(file, File.ReadAllBytes(file)[..^40]);
}
