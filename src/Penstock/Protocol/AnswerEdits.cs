namespace Penstock.Protocol;

/// <summary>
/// What the gateway owns in an answer: <c>id</c> becomes the request id, <c>backend</c> names who answered.
/// The texts are made once a request and used for every chunk.
/// </summary>
internal sealed class AnswerEdits
{
    private readonly byte[] _id;
    private readonly byte[] _backend;
    private readonly byte[] _idAndBackend;
    private readonly byte[] _idMember;
    private readonly byte[] _bothMembers;

    /// <param name="requestId">The request id.</param>
    /// <param name="backend">The backend's name as a JSON string token.</param>
    public AnswerEdits(string requestId, byte[] backend)
    {
        _id = JsonText.Quote(requestId);
        _backend = backend;
        _idAndBackend = [.. _id, .. ",\"backend\":"u8, .. backend];
        _idMember = [.. "\"id\":"u8, .. _id];
        _bothMembers = [.. "\"id\":"u8, .. _idAndBackend];
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
            var members = facts.Backend.IsPresent ? _idMember : _bothMembers;
            splice.Insert(facts.ObjectStart + 1, facts.IsEmptyObject ? members : [.. members, (byte)',']);
        }

        if (facts.Backend.IsPresent) splice.Replace(facts.Backend, _backend);
        if (facts.SecondBackend.IsPresent) splice.Replace(facts.SecondBackend, _backend);
        return splice;
    }
}
