using System.Collections;
using System.CommandLine;
using Dllm.Diffusion;
using Dllm.Training;

namespace Dllm.Cli.Options;

/// <summary>The training objective: names, defaults and meaning are those of <see cref="MdlmObjectiveOptions"/>.</summary>
internal sealed class ObjectiveOptions : IEnumerable<Option>
{
    private static readonly MdlmObjectiveOptions Defaults = new();

    private readonly Option<double> _timeEpsilon = CliOption.Number(
        "--time-epsilon", "Earliest diffusion time, between 0 and 1, so that the weight 1/t stays finite", Defaults.TimeEpsilon, most: 1);

    private readonly Option<double> _timeEnd = CliOption.Number(
        "--time-end", "Last diffusion time, above the first; below 1 it is masked-language modelling of a narrow range", Defaults.TimeEnd, most: 1);

    private readonly Option<string> _weight = CliOption.Choice(
        "--loss-weight-type", "How masked tokens are weighted", Defaults.LossWeightType.Name, "scheduler", "uniform");

    private readonly Option<string> _norm = CliOption.Enumeration("--loss-norm-type", "What the loss is divided by", Defaults.LossNormType);

    private readonly Option<bool> _shift = CliOption.Switch(
        "--right-shift-logits", "The model predicts one place to the left, as those adapted from autoregressive ones do");

    private readonly Option<string> _schedule = CliOption.Choice("--noise-schedule", "The noise schedule", "linear", "linear", "cosine");

    /// <summary>Reads and checks what was given.</summary>
    /// <exception cref="DllmException">A value is out of its range.</exception>
    public MdlmObjectiveOptions Read(ParseResult parsed)
    {
        var options = new MdlmObjectiveOptions
        {
            TimeEpsilon = parsed.GetValue(_timeEpsilon),
            TimeEnd = parsed.GetValue(_timeEnd),
            LossWeightType = LossWeighting.Parse(parsed.GetValue(_weight)!),
            LossNormType = parsed.GetEnum<LossNormalization>(_norm),
            RightShiftLogits = parsed.GetValue(_shift),
            Schedule = parsed.GetValue(_schedule) == "cosine" ? NoiseSchedule.Cosine : NoiseSchedule.Linear,
        };
        options.Validate();
        return options;
    }

    /// <inheritdoc/>
    public IEnumerator<Option> GetEnumerator() =>
        ((IEnumerable<Option>)[_timeEpsilon, _timeEnd, _weight, _norm, _shift, _schedule]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
