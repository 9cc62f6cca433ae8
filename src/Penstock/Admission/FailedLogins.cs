using System.Buffers.Binary;
using System.Net;

namespace Penstock.Admission;

/// <summary>
/// Counts failed authentications by address. A minute begins with an address's first failure. Only failures are ever
/// counted or refused: whoever has a valid key and shares an address with one who guesses is not asked about here.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="mostAddresses">How many are told apart. Those beyond share one count, so that many addresses take no memory and win no guesses.</param>
internal sealed class FailedLogins(TimeProvider time, int mostAddresses = 16_384)
{
    /// <summary>Failures in a minute that are answered as what they are.</summary>
    public const int Allowed = 30;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // An IPv6 host has a network of 64 bits at least (RFC 4291, 2.5.1), and may pick any address in it.
    private const int NetworkBytes = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, (int Count, long Since)> _counts = [];
    private readonly Queue<(UInt128 Network, long Since)> _oldestFirst = new();
    private int _countOfOthers;
    private long? _othersSince;

    /// <summary>How many addresses are told apart now.</summary>
    public int Known
    {
        get
        {
            lock (_lock) return _counts.Count;
        }
    }

    /// <summary>Counts a failure.</summary>
    /// <returns>Null where it may be answered as what it is.</returns>
    public FailureVerdict? Count(IPAddress? address)
    {
        var network = NetworkOf(address);
        lock (_lock)
        {
            var now = time.GetTimestamp();
            ForgetBefore(now);
            if (_counts.TryGetValue(network, out var known) || _counts.Count < mostAddresses)
            {
                if (known.Count == 0) _oldestFirst.Enqueue((network, now));
                known = (known.Count + 1, known.Count == 0 ? now : known.Since);
                _counts[network] = known;
                return Judge(known.Count, known.Since, now);
            }

            _othersSince ??= now;
            _countOfOthers++;
            return Judge(_countOfOthers, _othersSince.Value, now);
        }
    }

    private FailureVerdict? Judge(int count, long since, long now) => count <= Allowed ? null
        : new(Minute - time.GetElapsedTime(since, now), HasBegun: count == Allowed + 1);

    private void ForgetBefore(long now)
    {
        while (_oldestFirst.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since, now) >= Minute)
        {
            _oldestFirst.Dequeue();
            _counts.Remove(oldest.Network);
        }

        if (_othersSince is { } since && time.GetElapsedTime(since, now) >= Minute) (_othersSince, _countOfOthers) = (null, 0);
    }

    private static UInt128 NetworkOf(IPAddress? address)
    {
        if (address is null) return UInt128.Zero;
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        var isIPv4 = address.IsIPv4MappedToIPv6 || address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        if (!isIPv4) bytes[NetworkBytes..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
