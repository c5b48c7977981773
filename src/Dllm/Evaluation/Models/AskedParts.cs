namespace Dllm.Evaluation;

/// <summary>
/// What has to be computed for some requests, and their answers as the parts of it become known. What several requests ask alike is one
/// part: the same tokens, and where noise is drawn the same draws.
/// </summary>
internal sealed class AskedParts
{
    private readonly IReadOnlyList<EvalRequest> _requests;
    private readonly bool _isExact;
    private readonly Dictionary<EncodedRequest, int[]> _places = new(ReferenceEqualityComparer.Instance);
    private readonly OpenRequest[] _open;

    /// <summary>Encodes the requests.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="encoder">Encodes them.</param>
    /// <param name="isExact">Whether answers depend on tokens alone, and say of every request whether it is greedy; else on its own draws too.</param>
    public AskedParts(IReadOnlyList<EvalRequest> requests, RequestEncoder encoder, bool isExact)
    {
        (_requests, _isExact) = (requests, isExact);
        _open = [.. requests.Select(_ => new OpenRequest())];
        var parts = new List<EncodedRequest>();
        foreach (var group in requests.SelectMany(encoder.Encode).GroupBy(part => part, new Alike(isExact)))
        {
            var part = group.Key with { AsksGreedy = group.Any(asked => asked.AsksGreedy) };
            int[] places = [.. group.Select(asked => asked.Place)];
            foreach (int place in places) _open[place].Parts++;
            _places.Add(part, places);
            parts.Add(part);
        }

        Parts = parts;
    }

    /// <summary>What is to be computed, each once, in the order of the requests.</summary>
    public IReadOnlyList<EncodedRequest> Parts { get; }

    /// <summary>The answers that need nothing: those of empty texts, asked for as a whole.</summary>
    public IEnumerable<Answered<LikelihoodAnswer>> Certain =>
        Enumerable.Range(0, _open.Length).Where(place => _open[place].Parts == 0).Select(place => new Answered<LikelihoodAnswer>(place, new(0, true)));

    /// <summary>Takes a part's answer, once, and gives the answers that it completes.</summary>
    public IReadOnlyList<Answered<LikelihoodAnswer>> Add(EncodedRequest part, LikelihoodAnswer answer)
    {
        var complete = new List<Answered<LikelihoodAnswer>>();
        foreach (int place in _places[part])
        {
            var open = _open[place];
            open.Sum += answer.LogLikelihood;
            open.IsGreedy &= answer.IsGreedy;
            if (--open.Parts == 0) complete.Add(new(place, new(open.Sum, open.IsGreedy && (_isExact || _requests[place].AsksGreedy))));
        }

        return complete;
    }

    private sealed class OpenRequest
    {
        public int Parts { get; set; }

        public double Sum { get; set; }

        public bool IsGreedy { get; set; } = true;
    }

    private sealed class Alike(bool isExact) : IEqualityComparer<EncodedRequest>
    {
        public bool Equals(EncodedRequest? x, EncodedRequest? y) =>
            x!.Context.AsSpan().SequenceEqual(y!.Context) && x.Target.AsSpan().SequenceEqual(y.Target)
            && (isExact || RequestSeed.DrawAlike(x.Request, y.Request));

        public int GetHashCode(EncodedRequest part) => HashCode.Combine(TokenHash.Of(part.Context), TokenHash.Of(part.Target));
    }
}
