using System.Text.Json.Serialization;

namespace Dllm.Training;

/// <summary>
/// All that a run knows beside weights and moments. Random numbers and the order of rows are functions of seed and step, so
/// they need no state. Written as <c>trainer_state.json</c>; the first names are those of transformers.
/// </summary>
internal sealed class TrainerState
{
    /// <summary>Optimiser steps done.</summary>
    [JsonPropertyName("global_step")]
    public int Step { get; set; }

    [JsonPropertyName("epoch")]
    public double Epoch { get; set; }

    /// <summary>Lowest eval_nll of a saved checkpoint, and its step.</summary>
    [JsonPropertyName("best_metric")]
    public double? BestMetric { get; set; }

    [JsonPropertyName("best_global_step")]
    public int? BestStep { get; set; }

    /// <summary>Sum of the steps' losses, of all steps and of those since the last log.</summary>
    [JsonPropertyName("total_loss")]
    public double TotalLoss { get; set; }

    [JsonPropertyName("window_loss")]
    public double WindowLoss { get; set; }

    [JsonPropertyName("window_steps")]
    public int WindowSteps { get; set; }

    /// <summary>Newest loss and gradient norm.</summary>
    [JsonPropertyName("last_loss")]
    public double? LastLoss { get; set; }

    [JsonPropertyName("last_grad_norm")]
    public double LastGradNorm { get; set; }

    /// <summary>Sums of the training split's likelihood since the last log.</summary>
    [JsonPropertyName("nll_sum")]
    public double NllSum { get; set; }

    [JsonPropertyName("nll_tokens")]
    public long NllTokens { get; set; }

    /// <summary>The newest evaluation and its step; -1 before the first.</summary>
    [JsonPropertyName("last_evaluation")]
    public EvaluationResult? LastEvaluation { get; set; }

    [JsonPropertyName("evaluated_step")]
    public int EvaluatedStep { get; set; } = -1;

    /// <summary>Whether this was saved because the run was interrupted, not because the plan said so.</summary>
    [JsonPropertyName("interrupted")]
    public bool Interrupted { get; set; }

    /// <summary>What the run depends on; a resumed run must be given the same.</summary>
    [JsonPropertyName("run")]
    public SortedDictionary<string, string> Run { get; set; } = [];

    /// <summary>Mean loss since the last call, which starts a new window.</summary>
    public double TakeWindowLoss()
    {
        var mean = WindowLoss / Math.Max(WindowSteps, 1);
        (WindowLoss, WindowSteps) = (0, 0);
        return mean;
    }

    /// <summary>Negative log-likelihood a token of the training split since the last call, or null if nothing was counted.</summary>
    public double? TakeNegativeLogLikelihood()
    {
        double? mean = NllTokens > 0 ? NllSum / NllTokens : null;
        (NllSum, NllTokens) = (0, 0);
        return mean;
    }

    /// <summary>Counts one step's numbers.</summary>
    public void Add(double loss, double gradientNorm, double negativeLogLikelihood, long tokens)
    {
        (LastLoss, LastGradNorm) = (loss, gradientNorm);
        TotalLoss += loss;
        WindowLoss += loss;
        WindowSteps++;
        NllSum += negativeLogLikelihood;
        NllTokens += tokens;
    }
}

/// <summary>Reads and writes <see cref="TrainerState"/> without reflection; numbers come back bit for bit.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(TrainerState))]
internal sealed partial class TrainerStateJson : JsonSerializerContext;
