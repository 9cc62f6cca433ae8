namespace Penstock.Bench.Http;

/// <summary>Anything that came whole with status 200 is right.</summary>
internal sealed class AnyAnswer : IAnswer
{
    public int Events => 0;

    public void Reset()
    {
    }

    public void Feed(ReadOnlySpan<byte> body)
    {
    }

    public string? Verdict() => null;
}
