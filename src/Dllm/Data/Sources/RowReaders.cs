namespace Dllm.Data.Sources;

/// <summary>The file formats that data sets can have. A new format is one reader and one row of this table.</summary>
public static class RowReaders
{
    /// <summary>Every reader there is.</summary>
    public static IReadOnlyList<IRowReader> All { get; } =
        [new JsonLinesReader(), new JsonReader(), new ParquetRowReader(), new CsvReader(), new ParagraphReader()];
}
