using Dllm.Checkpoints;
using Dllm.Layers;
using Dllm.Models;

namespace Dllm.Tests.Models;

public class RotaryConfigTests
{
    [Theory]
    [InlineData("""{"rope_theta":500000.0}""", """{"rope_parameters":{"rope_theta":500000.0,"rope_type":"default"}}""")]
    [InlineData(
        """{"rope_theta":500000.0,"rope_scaling":{"type":"linear","factor":2}}""",
        """{"rope_parameters":{"rope_theta":500000.0,"rope_type":"linear","factor":2.0}}""")]
    [InlineData(
        """
        {"rope_theta":5e5,"rope_scaling":{"rope_type":"llama3","factor":32,"low_freq_factor":1,"high_freq_factor":4,
         "original_max_position_embeddings":8192}}
        """,
        """
        {"rope_parameters":{"rope_theta":5e5,"rope_type":"llama3","factor":32,"low_freq_factor":1,"high_freq_factor":4,
         "original_max_position_embeddings":8192}}
        """)]
    [InlineData(
        """{"rope_theta":1e6,"rope_scaling":{"type":"yarn","factor":4,"original_max_position_embeddings":32768}}""",
        """{"rope_parameters":{"rope_theta":1e6,"rope_type":"yarn","factor":4,"original_max_position_embeddings":32768}}""")]
    public void OldAndNewKeysSayTheSame(string old, string recent) => Assert.Equal(Parse(old), Parse(recent));

    [Fact]
    public void ScalingsAreReadInFull()
    {
        Assert.Equal(new RotaryOptions(10_000, 8), Parse("{}"));
        Assert.Equal(new RotaryOptions(10_000, 4), Parse("""{"partial_rotary_factor":0.5}"""));
        Assert.Equal(
            new YarnScaling(4, 10_000, 77) { AttentionFactor = 2, FastTurns = 16, SlowTurns = 2, Truncates = false },
            Parse("""{"rope_scaling":{"rope_type":"yarn","factor":4,"attention_factor":2,"beta_fast":16,"beta_slow":2,"truncate":false}}""").Scaling);
    }

    [Theory]
    [InlineData("""{"rope_scaling":{"rope_type":"longrope"}}""", "'longrope' is not supported")]
    [InlineData("""{"rope_scaling":{"rope_type":"linear"}}""", "'factor'")]
    [InlineData("""{"partial_rotary_factor":0.1}""", "0 features")]
    [InlineData(
        """
        {"rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":9}}
        """,
        "not below")]
    public void MistakesAreOneClearError(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<DllmException>(() => Parse(json)).Message);

    private static RotaryOptions Parse(string json) => RotaryConfig.Parse(JsonConfig.Parse(json, "config.json"), headWidth: 8, positions: 77);
}
