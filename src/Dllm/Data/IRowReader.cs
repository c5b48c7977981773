namespace Dllm.Data;

/// <summary>
/// Reads the rows of one file format. The readers are in <c>Data/Sources</c>, and its table <c>RowReaders</c> lists them.
/// </summary>
public interface IRowReader
{
    /// <summary>The endings of files it reads, with the dot, in lower case: <c>.jsonl</c>.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>The rows of a file, read as they are asked for; the file is open only while enumerating.</summary>
    /// <exception cref="DllmException">While enumerating: the file cannot be read or is malformed; the message says where.</exception>
    IEnumerable<DataRow> Read(string path);
}
