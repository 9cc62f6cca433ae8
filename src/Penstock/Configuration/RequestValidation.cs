namespace Penstock.Configuration;

/// <summary>What a chat request is held to.</summary>
internal enum RequestValidation
{
    /// <summary>OpenAI's rules.</summary>
    Strict,

    /// <summary>Only what the gateway itself needs, for servers that accept more than OpenAI does.</summary>
    Minimal,
}
