namespace Penstock.Backends;

/// <summary>Whether a server takes <c>stream_options.include_usage</c>.</summary>
internal enum UsageInjection
{
    /// <summary>It has not been tried: a 400 may be because of it.</summary>
    Untried,

    /// <summary>It has been taken once, so a 400 has another reason.</summary>
    Supported,

    /// <summary>The server refused it, and answered without it.</summary>
    Unsupported,
}
