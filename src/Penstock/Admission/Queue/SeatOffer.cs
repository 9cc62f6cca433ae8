using System.Diagnostics.CodeAnalysis;

namespace Penstock.Admission.Queue;

/// <summary>Offers a line's free seats to those that wait, in their order, and to no more of them than there is time for.</summary>
/// <param name="queue">Who waits.</param>
internal sealed class SeatOffer(FairQueue<Waiter> queue)
{
    // Of each priority. Nearly always the first takes it; a look at all that a policy reckons with takes microseconds.
    private const int Looks = 32;

    // Whether a seat that is good for somebody is free takes nanoseconds. Who waits for another server costs no more than that.
    private const int MostAsked = 1024;

    // Whoever has to look elsewhere is woken for that.
    private const int MostStranded = 32;

    private readonly int[] _looks = new int[3];
    private readonly Stack<Waiter> _stranded = [];
    private TimeSpan _now;
    private bool _isLast;
    private bool _isAgain;
    private bool _someSawNone;
    private bool _isOutOfTurn;
    private Func<Waiter, bool>? _take;

    /// <summary>Whether the last offer has found as many as it looks for that have nothing more to wait for.</summary>
    public bool AreMoreStranded => _stranded.Count == MostStranded;

    /// <summary>Whether any of those who were asked last saw a free seat.</summary>
    public bool HadSeats { get; private set; }

    /// <summary>Finds the next one that takes a free seat, and takes it out of the line.</summary>
    public bool TryServe(TimeSpan now, [NotNullWhen(true)] out QueueEntry<Waiter>? served)
    {
        if (TryServe(now, isLast: false, out served)) return true;
        // So many would rather wait for a full server that not all could be asked. Those would have to wait with them: somebody takes it.
        return Array.Exists(_looks, left => left == 0) && TryServe(now, isLast: true, out served);
    }

    /// <summary>One of those that were asked last and have nothing more to wait for. It may have left the line since.</summary>
    public bool TryTakeStranded([NotNullWhen(true)] out Waiter? stranded) => _stranded.TryPop(out stranded);

    private bool TryServe(TimeSpan now, bool isLast, [NotNullWhen(true)] out QueueEntry<Waiter>? served)
    {
        (_now, _isLast) = (now, isLast);
        if (Ask(isAgain: false, out served)) return true;
        // A seat that became free while they were asked is for those, too, who had been asked by then.
        return _isOutOfTurn && Ask(isAgain: true, out served);
    }

    private bool Ask(bool isAgain, [NotNullWhen(true)] out QueueEntry<Waiter>? served)
    {
        (_isAgain, _someSawNone, _isOutOfTurn) = (isAgain, false, false);
        HadSeats = false;
        _stranded.Clear();
        Array.Fill(_looks, Looks);
        return queue.TryServe(MostAsked, _now, _take ??= TryTake, out served);
    }

    private bool TryTake(Waiter waiter)
    {
        if (_isOutOfTurn) return false;
        if (!waiter.SeesRoom)
        {
            _someSawNone = true;
            if (!AreMoreStranded && waiter.IsStranded(_now)) _stranded.Push(waiter);
            return false;
        }

        if (_someSawNone && !_isAgain)
        {
            _isOutOfTurn = true;
            return false;
        }

        HadSeats = true;
        ref var left = ref _looks[(int)waiter.Place!.Priority];
        if (left == 0) return false;
        left--;
        return waiter.TryTake(mayWait: !_isLast && _now < waiter.ChoosyUntil);
    }
}
