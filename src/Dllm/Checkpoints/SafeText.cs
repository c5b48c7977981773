namespace Dllm.Checkpoints;

/// <summary>Names from files and servers that nobody vouches for, fit for a terminal.</summary>
internal static class SafeText
{
    /// <summary>At most 80 characters, none of which could move a cursor or break a line.</summary>
    public static string Show(string name)
    {
        var clean = new string([.. name.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return name.Length <= 80 ? clean : clean + "…";
    }
}
