using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Penstock.Configuration;

namespace Penstock.Endpoints;

/// <summary>
/// The hash of the key that was last seen on a connection. A client says the same key with each request, and Kestrel gives a
/// header that came again as the same string: then it needs no hashing, which costs more than the rest of authenticating.
/// </summary>
/// <remarks>
/// Only the same object counts, never equal characters, so that a comparison tells nothing of a key. What the hash is good for is
/// looked up each time: a key that is revoked is so on connections that are open, too.
/// </remarks>
internal sealed class ConnectionKey
{
    // Compared by reference in the connection's items.
    private static readonly object Item = new();

    private string? _header;
    private KeyHash _hash;

    /// <summary>The hash of a request's credential.</summary>
    /// <param name="context">The request.</param>
    /// <param name="header">The value of the header that the credential is in.</param>
    /// <param name="credential">The credential, which is a part of it.</param>
    public static KeyHash HashOf(HttpContext context, string? header, ReadOnlySpan<char> credential)
    {
        // The requests of an HTTP/2 connection come at the same time, and each with strings of its own.
        if (header is null || !HttpProtocol.IsHttp11(context.Request.Protocol) || context.Features.Get<IConnectionItemsFeature>() is not { } feature)
            return KeyHash.Of(credential);

        var last = feature.Items.TryGetValue(Item, out var item) ? (ConnectionKey)item! : null;
        if (last is null) feature.Items[Item] = last = new ConnectionKey();
        if (ReferenceEquals(last._header, header)) return last._hash;
        last._hash = KeyHash.Of(credential);
        last._header = header;
        return last._hash;
    }
}
