namespace Penstock.Admission.Jwt;

/// <summary>How often a source is looked at.</summary>
/// <param name="Renew">How old keys may be before they are looked for again, in the background.</param>
/// <param name="Ask">The time between two looks for keys that are not known.</param>
/// <param name="Retry">The time from a look that failed to the next one, while there are keys.</param>
internal sealed record JwksPace(TimeSpan Renew, TimeSpan Ask, TimeSpan Retry)
{
    public static readonly JwksPace Remote = new(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));

    public static readonly JwksPace Local = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
}
