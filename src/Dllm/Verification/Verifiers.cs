namespace Dllm.Verification;

/// <summary>The table of verifiers. A new kind is one file and one row.</summary>
public static class Verifiers
{
    /// <summary>Every verifier there is.</summary>
    public static IReadOnlyList<ICaseVerifier> All { get; } =
    [
        new ForwardVerifier(),
        new KvCacheVerifier(),
        new KvCacheFastVerifier(),
        new ChatTemplateVerifier(),
        new CollatorVerifier(),
        new DatasetSpecVerifier(),
        new PreprocessingVerifier(),
        new SampleOrderVerifier(),
        new SamplerVerifier(),
        new PureVerifier(),
        new ScheduleVerifier(),
        new MdlmLossVerifier(),
        new TrainingCurveVerifier(),
        new LrSchedulesVerifier(),
        new OptionDefaultsVerifier(),
        new TokenizerVerifier(),
        new PythonRandomVerifier(),
        new EvalTaskVerifier([]),
        new EvalLikelihoodVerifier(),
        new EvalTextVerifier(),
        new AnswerExtractionVerifier(),
    ];

    /// <summary>The verifier of <paramref name="kind"/>, or null if the kind is not supported yet.</summary>
    public static ICaseVerifier? For(string kind) => All.FirstOrDefault(verifier => verifier.Kinds.Contains(kind));
}
