using System.Net;

namespace Dllm.Checkpoints.Hub;

/// <summary>What a hub's refusals mean, in words that say what to do.</summary>
internal static class HubRefusal
{
    /// <summary>Throws unless the answer is a success.</summary>
    /// <exception cref="DllmException">The hub refused.</exception>
    public static void Check(HttpResponseMessage answer, HubConnection hub, HubReference reference, string? file = null)
    {
        if (!answer.IsSuccessStatusCode)
            throw Explain(answer, hub, reference, file);
    }

    private static DllmException Explain(HttpResponseMessage answer, HubConnection hub, HubReference reference, string? file)
    {
        var kind = reference.Kind == HubKind.Model ? "model" : "data set";
        var what = $"the {kind} '{reference.Name}' of {hub.Endpoint.Host}";
        var code = answer.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.FirstOrDefault() : null;
        return (answer.StatusCode, code) switch
        {
            (_, "GatedRepo") or (HttpStatusCode.Forbidden, _) => new DllmException(
                $"{what} is gated: "
                + (hub.HasToken ? "the token's owner has no access to it" : "it is given only to users who have a token"),
                $"accept its terms on the page {hub.At("/" + reference.Name)}, then set HF_TOKEN to a token of yours that may read it"),
            (_, "RevisionNotFound") => new HubNotFoundException(
                $"{what} has no revision '{reference.Revision}'", "name a branch, a tag or a commit of it after the @"),
            (_, "EntryNotFound") => new DllmException($"{what} has no file '{SafeText.Show(file ?? "?")}'"),
            (HttpStatusCode.Unauthorized, _) when hub.HasToken => new HubNotFoundException(
                $"{what} may not be read with this token, or does not exist", "check the name, and that HF_TOKEN is valid and may read it"),
            (HttpStatusCode.Unauthorized, _) => new HubNotFoundException(
                $"{what} does not exist, or is private",
                "check the name; if it is private or gated, set HF_TOKEN to a token that may read it"),
            (HttpStatusCode.NotFound, _) when file is not null => new DllmException($"{what} has no file '{SafeText.Show(file)}'"),
            (HttpStatusCode.NotFound, _) => new HubNotFoundException(
                $"{what} does not exist, or has no revision '{reference.Revision}'",
                "check the name (owner/name@revision) and the hub's address"),
            (HttpStatusCode.RequestedRangeNotSatisfiable, _) => new DllmException(
                $"'{SafeText.Show(file ?? "?")}' of {what} is smaller than the hub says", "ask the hub's operator"),
            _ => new DllmException(
                $"{what} cannot be read: the hub answered {(int)answer.StatusCode} ({answer.ReasonPhrase})", "check the hub's address"),
        };
    }
}
