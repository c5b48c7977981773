using System.Text.RegularExpressions;

namespace Dllm.Data;

/// <summary>
/// Data sets on the local file system. A file is one split, <c>train</c>. A folder's files fall into splits by words in their paths
/// (<c>train-00000-of-00002.parquet</c>, <c>data/test.jsonl</c>, <c>validation/a.json</c>), as on the usual hub; without such a word
/// they are training files. A configuration is a sub-folder.
/// </summary>
public sealed partial class LocalDatasets : IDatasetCatalog
{
    private static readonly (string Split, string[] Words)[] SplitWords =
    [
        ("train", ["train", "training"]),
        ("validation", ["validation", "valid", "val", "dev"]),
        ("test", ["test", "testing", "eval", "evaluation"]),
    ];

    private readonly IReadOnlyList<IRowReader> _readers;
    private readonly IReadOnlyList<string> _baseDirectories;

    /// <summary>Data sets read by some readers.</summary>
    /// <param name="readers">One for each file format.</param>
    /// <param name="baseDirectories">Folders in which a relative name is looked for after the working directory; none by default.</param>
    public LocalDatasets(IReadOnlyList<IRowReader> readers, IReadOnlyList<string>? baseDirectories = null)
    {
        _readers = readers;
        _baseDirectories = baseDirectories ?? [];
    }

    /// <inheritdoc/>
    public DatasetSplits<DataRow> Open(string name, string? configuration)
    {
        var path = Resolve(name);
        if (File.Exists(path))
        {
            PlainFile.Check(path);
            return configuration is null
                ? new DatasetSplits<DataRow>("train", ReaderOf(path).Read(path))
                : throw new DllmException($"the data set {name} is a file and has no configuration '{configuration}'");
        }

        var folder = configuration is null ? path : Path.Combine(path, configuration);
        if (configuration is not null && !Configurations(name).Contains(configuration))
        {
            throw new DllmException(
                $"the data set {name} has no configuration '{configuration}'",
                $"its folder has {(Configurations(name) is { Count: > 0 } all ? string.Join(", ", all) : "no sub-folders")}");
        }

        string[] files = [.. FolderFiles.All(folder).Where(IsData)];
        if (files.Length == 0)
        {
            throw new DllmException($"the folder {folder} holds no data files", $"files may end in {string.Join(", ", Extensions)}");
        }

        return new(files.GroupBy(file => SplitOf(Path.GetRelativePath(folder, file)))
            .Select(split => KeyValuePair.Create(split.Key, split.SelectMany(file => ReaderOf(file).Read(file)))));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Configurations(string name)
    {
        var path = Resolve(name);
        return Directory.Exists(path)
            ? [.. Directory.EnumerateDirectories(path).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)]
            : [];
    }

    private IEnumerable<string> Extensions => _readers.SelectMany(reader => reader.Extensions);

    /// <summary>The split a file belongs to by the words in its path; the last word wins: a file's name beats its folder's.</summary>
    internal static string SplitOf(string relativePath) => FindSplit(relativePath) ?? "train";

    /// <summary>As <see cref="SplitOf"/>; null where no word names a split.</summary>
    internal static string? FindSplit(string relativePath)
    {
        var words = Words().Split(Path.ChangeExtension(relativePath, null).ToLowerInvariant());
        return words.Reverse().Select(NamedBy).FirstOrDefault(split => split is not null);

        static string? NamedBy(string word) => SplitWords.FirstOrDefault(split => split.Words.Contains(word)).Split;
    }

    /// <summary>Whether there is such a file or folder.</summary>
    public bool Has(string name) => Candidates(name).Any(IsThere);

    private string[] Candidates(string name) =>
        [name, .. Path.IsPathRooted(name) ? [] : _baseDirectories.Select(folder => Path.Combine(folder, name))];

    private static bool IsThere(string path) => File.Exists(path) || Directory.Exists(path);

    private string Resolve(string name)
    {
        string[] candidates = Candidates(name);
        return candidates.FirstOrDefault(IsThere)
            ?? throw new DllmException(
                $"there is no data set '{name}': no such file or folder",
                candidates.Length > 1 ? $"looked for {string.Join(", ", candidates)}" : "give a path, or a hub's owner/name");
    }

    private bool IsData(string path)
        => Extensions.Contains(DataFile.Extension(path)) && !Path.GetFileName(path).StartsWith('.')
            && !Path.GetFileNameWithoutExtension(path).Equals("README", StringComparison.OrdinalIgnoreCase);

    private IRowReader ReaderOf(string path)
    {
        var extension = DataFile.Extension(path);
        return _readers.FirstOrDefault(reader => reader.Extensions.Contains(extension))
            ?? throw new DllmException($"the format of {path} is not known", $"files may end in {string.Join(", ", Extensions)}");
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Words();
}
