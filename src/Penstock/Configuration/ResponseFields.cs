namespace Penstock.Configuration;

/// <summary>Whose <c>id</c> and <c>backend</c> an answer carries.</summary>
internal enum ResponseFields
{
    /// <summary><c>id</c> is the request id, <c>backend</c> names who answered.</summary>
    Gateway,

    /// <summary>Both stay as the backend sent them.</summary>
    Upstream,
}
