namespace Penstock.Protocol;

/// <summary>
/// What the gateway owns in an answer: <c>id</c> becomes the request id, <c>backend</c> names who answered.
/// The texts are made once a request and used for every chunk.
/// </summary>
internal sealed class AnswerEdits
{
    private readonly byte[] _backend;
    private readonly ReadOnlyMemory<byte> _id;
    private readonly byte[] _idAndBackend;

    /// <param name="requestId">The request id.</param>
    /// <param name="backend">The backend's name as a JSON string token.</param>
    public AnswerEdits(string requestId, byte[] backend)
    {
        var id = JsonText.Quote(requestId);
        _backend = backend;
        _idAndBackend = [.. id, .. ",\"backend\":"u8, .. backend];
        _id = _idAndBackend.AsMemory(0, id.Length);
    }

    public Splice For(in AnswerFacts facts)
    {
        var splice = new Splice();
        if (facts.Id.IsPresent)
        {
            splice.Replace(facts.Id, facts.Backend.IsPresent ? _id : _idAndBackend);
            if (facts.SecondId.IsPresent) splice.Replace(facts.SecondId, _id);
        }
        else
        {
            splice.Insert(facts.ObjectStart + 1, NewMembers(facts));
        }

        if (facts.Backend.IsPresent) splice.Replace(facts.Backend, _backend);
        if (facts.SecondBackend.IsPresent) splice.Replace(facts.SecondBackend, _backend);
        return splice;
    }

    // For the rare server whose answers have no id.
    private byte[] NewMembers(in AnswerFacts facts) =>
        [.. "\"id\":"u8, .. facts.Backend.IsPresent ? _id.Span : _idAndBackend, .. facts.IsEmptyObject ? ""u8 : ","u8];
}
