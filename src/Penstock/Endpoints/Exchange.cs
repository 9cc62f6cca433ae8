using Microsoft.AspNetCore.Http;
using Penstock.Accounting;
using Penstock.Admission;
using Penstock.Admission.Limits;
using Penstock.Admission.Queue;
using Penstock.Runtime;

namespace Penstock.Endpoints;

/// <summary>One request and its answer, with the picture of the gateway that it keeps to its end.</summary>
internal sealed class Exchange(HttpContext http, GatewaySnapshot gateway, CallRecord record)
{
    public HttpContext Http => http;
    public HttpRequest Request => http.Request;
    public HttpResponse Response => http.Response;
    public GatewaySnapshot Gateway => gateway;
    public CallRecord Record => record;

    /// <summary>Who calls; null before that is known, and for what nobody needs a key for.</summary>
    public Caller? Caller { get; set; }

    /// <summary>Whether it is among those that a gateway that stops waits for.</summary>
    public bool IsInFlight { get; set; }

    /// <summary>What its model's calls are held to; null before that is known.</summary>
    public ModelTerms? Terms { get; set; }

    /// <summary>What the call has taken of its limits.</summary>
    public Reservation Reservation { get; set; }

    /// <summary>How the call waits where its backends are full.</summary>
    public QueueTerms Queue { get; set; }

    /// <summary>The line in which it got its seat; null: none.</summary>
    public Line? WaitedIn { get; set; }

    /// <summary>How long the prompt is, for whoever learns how many tokens that is; 0 where it was not read.</summary>
    public long PromptBytes { get; set; }

    /// <summary>How many answers as long as they like the call brings, whose length is to be learned; 0: none.</summary>
    public int LearnedChoices { get; set; }
}
