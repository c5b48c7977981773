using Dllm.Training;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Dllm.Tests.Training;

public sealed class AdamWTests
{
    private static readonly TrainingOptions Options = TinyRun.Options with { WeightDecay = 0.1, MaxGradNorm = 0.5, AdamBeta2 = 0.95 };

    [Fact]
    public void Steps_equal_those_of_the_plain_optimiser_with_clipping_and_decay_by_group()
    {
        using var scope = NewDisposeScope();
        using var fused = TinyRun.Model(dropout: 0);
        using var plain = TinyRun.Model(dropout: 0);
        using var ours = new AdamW(fused, Options);
        var exempt = WeightDecayRule.Exempt(plain);
        var theirs = optim.AdamW(
        [
            new TorchSharp.Modules.AdamW.ParamGroup(Parameters(plain, name => !exempt.Contains(name)), 0.01, 0.9, 0.95, weight_decay: 0.1),
            new TorchSharp.Modules.AdamW.ParamGroup(Parameters(plain, exempt.Contains), 0.01, 0.9, 0.95, weight_decay: 0),
        ]);
        for (var step = 0; step < 4; step++)
        {
            SetGradients(fused, step, 0.1 + step); // the first step is below the bound, the others above
            SetGradients(plain, step, 0.1 + step);
            var expected = nn.utils.clip_grad_norm_(plain.parameters(), Options.MaxGradNorm);
            theirs.step();
            Assert.Equal(expected, ours.Step(0.01).ToSingle(), 1e-4);
            Assert.All(fused.parameters(), parameter => Assert.Null(parameter.grad));
        }

        var weights = TinyRun.Weights(plain);
        foreach (var (name, values) in TinyRun.Weights(fused))
            Assert.All(values.Zip(weights[name]), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var model = TinyRun.Model();
        using var optimizer = new AdamW(model, Options);
        SetGradients(model, 0, 1);
        optimizer.Step(0.01);
        var (weights, state) = (TinyRun.Weights(model), State(optimizer));
        SetGradients(model, 1, double.NaN);
        Assert.True(float.IsNaN(optimizer.Step(0.01).ToSingle()));
        TinyRun.AssertSame(weights, TinyRun.Weights(model));
        TinyRun.AssertSame(state, State(optimizer));
    }

    [Fact]
    public void Parameters_without_a_gradient_or_not_trainable_stay()
    {
        using var scope = NewDisposeScope();
        using var model = TinyRun.Model();
        model.named_parameters().First(p => p.name == "head.dense.weight").parameter.requires_grad = false;
        using var optimizer = new AdamW(model, Options);
        Assert.DoesNotContain("head.dense.weight", optimizer.DecayingNames);
        var before = TinyRun.Weights(model);
        SetGradients(model, 0, 1);
        model.named_parameters().First(p => p.name == "decoder.bias").parameter.grad = null;
        optimizer.Step(0.01);
        var after = TinyRun.Weights(model);
        Assert.Equal(before["decoder.bias"], after["decoder.bias"]);
        Assert.Equal(before["head.dense.weight"], after["head.dense.weight"]);
        Assert.NotEqual(before["head.norm.weight"], after["head.norm.weight"]);
    }

    [Fact]
    public void Biases_and_norms_do_not_decay()
    {
        using var model = TinyRun.Model();
        using var optimizer = new AdamW(model, Options);
        Assert.Equal(
            ["model.embeddings.norm.weight", "model.layers.0.mlp_norm.weight", "model.layers.1.attn_norm.weight", "model.layers.1.mlp_norm.weight",
                "model.final_norm.weight", "head.norm.weight", "decoder.bias"],
            optimizer.ExemptNames);
        Assert.Contains("model.embeddings.tok_embeddings.weight", optimizer.DecayingNames);
    }

    [Fact]
    public void A_state_of_another_model_is_refused()
    {
        using var model = TinyRun.Model();
        using var optimizer = new AdamW(model, Options);
        Assert.Contains("another shape", Assert.Throws<DllmException>(() => optimizer.Load(_ => zeros(1, 2, 3))).Message);
    }

    private static Parameter[] Parameters(nn.Module module, Func<string, bool> chosen) =>
        [.. module.named_parameters().Where(p => chosen(p.name)).Select(p => p.parameter)];

    private static Dictionary<string, float[]> State(AdamW optimizer) => optimizer.State.ToDictionary(s => s.Key, s => s.Value.data<float>().ToArray());

    private static void SetGradients(nn.Module module, int seed, double scale)
    {
        using var generator = new Generator((ulong)seed);
        foreach (var (_, parameter) in module.named_parameters())
        {
            if (parameter.requires_grad) parameter.grad = randn(parameter.shape, generator: generator) * (0.02 * scale);
        }
    }
}
