namespace Penstock.Configuration;

/// <summary>Where keys may be fetched: whoever can change them on the way can sign for anybody.</summary>
internal static class KeyAddress
{
    /// <summary>What is wrong with an address; null: nothing.</summary>
    public static string? Refuse(Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) return "must begin with https://";
        if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback) return "must begin with https:// (http:// is for this machine only)";
        return url.UserInfo.Length > 0 ? "must not carry a user name" : url.Fragment.Length > 0 ? "must not have a fragment" : null;
    }
}
