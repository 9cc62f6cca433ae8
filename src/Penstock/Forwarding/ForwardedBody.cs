using Penstock.Backends;
using Penstock.Routing;

namespace Penstock.Forwarding;

/// <summary>A request's body as it came, from which each attempt gets its own edition. It lives as long as the request.</summary>
internal abstract class ForwardedBody
{
    /// <summary>Whether the caller asked for a stream.</summary>
    public abstract bool IsStream { get; }

    /// <summary>Whether it is a stream whose usage the caller did not ask for, and the gateway may.</summary>
    public abstract bool CanAskForUsage { get; }

    /// <summary>The choices that an answer must have, at least.</summary>
    public abstract int Choices { get; }

    /// <summary>Whether two backends can be sent it at the same time.</summary>
    public virtual bool CanBeSentTwice => true;

    /// <summary>The body for one backend: its model's name, or its pool's, in place of the caller's.</summary>
    /// <param name="pick">Who is asked.</param>
    /// <param name="askForUsage">Whether a stream is asked for its usage.</param>
    public abstract RequestContent ContentFor(in Pick pick, bool askForUsage);
}
