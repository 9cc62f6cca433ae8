namespace Penstock.Backends.Echo;

/// <summary>What all parts of one echo have in common.</summary>
/// <param name="Id">The request id.</param>
/// <param name="Created">Unix time in seconds.</param>
/// <param name="Model">The model that was asked for, or <c>echo</c>.</param>
/// <param name="PromptWords">White-space separated words of what is echoed.</param>
/// <param name="CompletionWords">The same of the echo, its prefix included.</param>
internal readonly record struct EchoCall(string Id, long Created, string Model, int PromptWords, int CompletionWords);
