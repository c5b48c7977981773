namespace Dllm.Data;

/// <summary>Where data-set names lead: the local file system, or a toy of a test.</summary>
public interface IDatasetCatalog
{
    /// <summary>Opens a data set.</summary>
    /// <param name="name">Its name or path, exactly as written in the specification.</param>
    /// <param name="configuration">Which of its configurations; null for the only or default one.</param>
    /// <exception cref="DllmException">There is no such data set or configuration.</exception>
    DatasetSplits<DataRow> Open(string name, string? configuration);

    /// <summary>The configurations of a data set, in order; none if it has no choice of them.</summary>
    IReadOnlyList<string> Configurations(string name);
}
