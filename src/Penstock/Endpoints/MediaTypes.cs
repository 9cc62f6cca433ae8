namespace Penstock.Endpoints;

/// <summary>Says what a Content-Type header means.</summary>
internal static class MediaTypes
{
    /// <summary>
    /// Whether it is JSON in UTF-8. Nothing else is taken for it, an absent type neither: a web page can post other
    /// types to a gateway on localhost without asking (a “simple request” of the Fetch standard).
    /// </summary>
    public static bool IsJson(string? contentType)
    {
        if (contentType is null) return false;
        var type = contentType.AsSpan();
        var end = type.IndexOf(';');
        var parameters = end < 0 ? default : type[(end + 1)..];
        type = (end < 0 ? type : type[..end]).Trim();
        var isJson = type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.StartsWith("application/", StringComparison.OrdinalIgnoreCase) && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
        return isJson && IsUtf8(parameters);
    }

    public static bool IsMultipartForm(string? contentType) =>
        contentType is not null && contentType.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    private static bool IsUtf8(ReadOnlySpan<char> parameters)
    {
        var at = parameters.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return true;
        var charset = parameters[(at + "charset=".Length)..];
        var end = charset.IndexOf(';');
        charset = (end < 0 ? charset : charset[..end]).Trim().Trim('"');
        return charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase);
    }
}
