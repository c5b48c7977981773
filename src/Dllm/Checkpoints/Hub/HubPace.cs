using System.Diagnostics;

namespace Dllm.Checkpoints.Hub;

/// <summary>Tells a body that comes in drips, each in time for the patience with one byte: it would never end.</summary>
/// <param name="host">Whose.</param>
/// <param name="least">Bytes that must come within each <paramref name="patience"/>.</param>
/// <param name="patience">The time for them.</param>
internal sealed class HubPace(string host, int least, TimeSpan patience)
{
    private long _begun = Stopwatch.GetTimestamp();
    private long _bytes;

    /// <summary>Takes note of bytes that came.</summary>
    /// <exception cref="TransientHubException">They are too few for the time.</exception>
    public void Note(int bytes)
    {
        _bytes += bytes;
        if (_bytes >= least)
            (_begun, _bytes) = (Stopwatch.GetTimestamp(), 0);
        else if (Stopwatch.GetElapsedTime(_begun) > patience)
            throw new TransientHubException(FormattableString.Invariant($"{host} sent only {_bytes} bytes in {patience.TotalSeconds:0.#} s"));
    }
}
