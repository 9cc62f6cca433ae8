namespace Penstock.Forwarding;

/// <summary>What a route's answers look like, and what the gateway may do with them.</summary>
internal enum AnswerShape
{
    /// <summary>Chat completions: JSON or a stream of chunks that ends in <c>[DONE]</c>; <c>id</c> and <c>backend</c> are the gateway's.</summary>
    Chat,

    /// <summary>Completions: as chat, but nothing in it is the gateway's.</summary>
    Completion,

    /// <summary>Responses: JSON, or a stream whose last event is <c>response.completed</c>, <c>.incomplete</c> or <c>.failed</c>.</summary>
    Response,

    /// <summary>JSON, or a stream of events that ends as the route pleases.</summary>
    Json,

    /// <summary>Anything: audio, images, text, JSON.</summary>
    Any,
}
