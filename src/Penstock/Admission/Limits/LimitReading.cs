namespace Penstock.Admission.Limits;

/// <summary>How much is left of the limits a minute; limits that there are not are 0.</summary>
/// <param name="RequestLimit">Requests a minute.</param>
/// <param name="RequestsLeft">How many there could be now.</param>
/// <param name="RequestsFullIn">When the limit is whole again, if nobody calls.</param>
/// <param name="TokenLimit">Tokens a minute.</param>
/// <param name="TokensLeft">How many there could be now.</param>
/// <param name="TokensFullIn">When the limit is whole again.</param>
internal readonly record struct LimitReading(
    long RequestLimit, long RequestsLeft, TimeSpan RequestsFullIn, long TokenLimit, long TokensLeft, TimeSpan TokensFullIn)
{
    /// <summary>Of two readings the limit of each kind that has less left: it is what will be felt first.</summary>
    public static LimitReading Tighter(LimitReading a, LimitReading b)
    {
        var requests = a.RequestLimit == 0 || (b.RequestLimit != 0 && b.RequestsLeft < a.RequestsLeft) ? b : a;
        var tokens = a.TokenLimit == 0 || (b.TokenLimit != 0 && b.TokensLeft < a.TokensLeft) ? b : a;
        return new LimitReading(
            requests.RequestLimit, requests.RequestsLeft, requests.RequestsFullIn, tokens.TokenLimit, tokens.TokensLeft, tokens.TokensFullIn);
    }
}
