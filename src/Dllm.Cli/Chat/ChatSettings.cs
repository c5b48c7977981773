using System.CommandLine;
using System.CommandLine.Completions;
using Dllm.Cli.Options;
using Dllm.Sampling;

namespace Dllm.Cli.Chat;

/// <summary>
/// The settings of a running chat: the options of the command line with what <c>/set</c> changed since. They are read by the same
/// options, so names, ranges and messages are the same.
/// </summary>
internal sealed class ChatSettings
{
    private readonly SamplerOptionGroup _options = new();
    private readonly Option<long?> _seed = new CommonOptions().Seed;
    private readonly Command _command = new("set");
    private Dictionary<string, string> _values = [];
    private readonly OpenedModel _model;

    /// <summary>Begins with the command line's values.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">The model.</param>
    /// <param name="showsSteps">Whether each step is a line where there is no terminal.</param>
    public ChatSettings(ParseResult parsed, OpenedModel model, bool showsSteps)
    {
        (_model, ShowsSteps) = (model, showsSteps);
        _command.Add(_seed);
        foreach (var option in _options) _command.Add(option);
        foreach (var option in _command.Options)
        {
            if (parsed.GetResult(option.Name) is System.CommandLine.Parsing.OptionResult { Implicit: false } given)
                _values[option.Name] = given.Tokens.Count == 0 ? "true" : string.Join(',', given.Tokens.Select(token => token.Value));
        }
    }

    /// <summary>Whether each step is a line where there is no terminal.</summary>
    public bool ShowsSteps { get; }

    /// <summary>The settings as they are.</summary>
    /// <exception cref="DllmException">A value is out of its range.</exception>
    public SamplerSettings Read() => Read(_values);

    /// <summary>The settings with one changed; where the value is refused, nothing changes.</summary>
    /// <param name="name">Its name, as on the command line, with dashes in front or without.</param>
    /// <param name="value">Its value; <c>default</c>, or <c>none</c> where that is no word of its own, gives it back its default.</param>
    /// <exception cref="DllmException">There is no such setting, or the value is out of its range.</exception>
    public SamplerSettings Set(string name, string value)
    {
        var setting = Find(name);
        var changed = new Dictionary<string, string>(_values) { [setting.Name] = value };
        if (value == "default" || (value == "none" && setting.GetCompletions(CompletionContext.Empty).All(word => word.Label != value))) changed.Remove(setting.Name);
        var options = Read(changed);
        _values = changed;
        return options;
    }

    /// <summary>The name of a setting as it is shown, from what the user wrote.</summary>
    /// <exception cref="DllmException">There is no such setting.</exception>
    public string NameOf(string name) => Find(name).Name[2..];

    /// <summary>Names and values of the settings.</summary>
    public IEnumerable<(string Name, string Value)> Describe()
    {
        var parsed = Parse(_values);
        return _options.Describe(parsed, parsed.GetValue(_seed), _model);
    }

    private Option Find(string name)
    {
        string asked = "--" + name.TrimStart('-').Replace('_', '-');
        var known = _command.Options.Where(option => option.Name != "--help").ToList();
        return known.Find(option => option.Name == asked) ?? throw new DllmException(
            $"there is no setting '{name}'",
            NearestName.Of(asked, known.Select(option => option.Name)) is { } near ? $"did you mean '{near[2..]}'?" : "/set lists them");
    }

    private SamplerSettings Read(Dictionary<string, string> values)
    {
        var parsed = Parse(values);
        return _options.Read(parsed, parsed.GetValue(_seed), _model);
    }

    private ParseResult Parse(Dictionary<string, string> values)
    {
        var parsed = _command.Parse([.. values.Select(pair => $"{pair.Key}={pair.Value}")]);
        return parsed.Errors.Count == 0 ? parsed : throw new DllmException(parsed.Errors[0].Message);
    }
}
