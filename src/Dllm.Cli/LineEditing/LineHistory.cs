using System.Text.Json;

namespace Dllm.Cli.LineEditing;

/// <summary>
/// What was typed before, oldest first: of this session and of earlier ones, in a file of the user's (a line of JSON each). The file is a
/// convenience: where it cannot be read or written, the history is this session's.
/// </summary>
internal sealed class LineHistory
{
    /// <summary>The most texts that are kept.</summary>
    public const int Most = 1000;

    private const int MostFileBytes = 16 << 20;
    private readonly List<string> _texts = [];
    private readonly string? _path;

    /// <summary>Reads what the file holds.</summary>
    /// <param name="path">The file; null keeps nothing beyond this session.</param>
    public LineHistory(string? path = null)
    {
        _path = path;
        if (path is null) return;
        Try(() =>
        {
            if (!File.Exists(path) || new FileInfo(path).Length > MostFileBytes) return;
            string[] lines = [.. PlainFile.ReadDamagedLines(path)];
            foreach (string line in lines.TakeLast(Most))
            {
                if (Parse(line) is { } text) _texts.Add(text);
            }

            if (lines.Length > 2 * Most) Checkpoints.AtomicFile.WriteText(path, string.Concat(_texts.Select(text => ToLine(text) + "\n")));
        });
    }

    /// <summary>The texts, oldest first.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>The file of a program's part, in the folder that the system keeps for such things.</summary>
    /// <param name="name">The file's name.</param>
    public static string PathOf(string name)
    {
        string folder = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathRooted(state)
                ? state
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(folder, "dllm", name);
    }

    /// <summary>Adds a text; the same as the last one is not added again.</summary>
    public void Add(string text)
    {
        if (_texts.Count > 0 && _texts[^1] == text) return;
        _texts.Add(text);
        if (_texts.Count > Most) _texts.RemoveAt(0);
        if (_path is null) return;
        Try(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            PlainFile.CheckTarget(_path);
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var writer = new StreamWriter(_path, options);
            writer.WriteLine(ToLine(text));
        });
    }

    private static string ToLine(string text) => JsonSerializer.Serialize(text, HistoryJson.Default.String);

    private static string? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, HistoryJson.Default.String);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllmException or NotSupportedException)
        {
            // Not needed for a conversation.
        }
    }
}

/// <summary>Texts as JSON, without reflection.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class HistoryJson : System.Text.Json.Serialization.JsonSerializerContext;
