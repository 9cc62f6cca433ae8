namespace Penstock.Admission.Limits;

/// <summary>Reserves what a call may cost with everyone who limits it: with all of them, or with none.</summary>
internal static class Limiter
{
    /// <summary>Reserves.</summary>
    /// <param name="caller">The caller's meter; null: it has no limits. So of the model and of all together.</param>
    /// <param name="model">The model's.</param>
    /// <param name="global">That of all together.</param>
    /// <param name="cost">What the call may cost.</param>
    /// <param name="reservation">What was taken; to be settled once, however the call ends.</param>
    /// <param name="denial">What is in the way.</param>
    public static bool TryReserve(Meter? caller, Meter? model, Meter? global, CallCost cost, out Reservation reservation, out LimitDenial denial)
    {
        Enter(caller, model, global);
        try
        {
            return Reserve(caller, model, global, cost, out reservation, out denial);
        }
        finally
        {
            Exit(caller, model, global);
        }
    }

    /// <summary>Reserves, and says how much is left then.</summary>
    public static bool TryReserve(
        Meter? caller, Meter? model, Meter? global, CallCost cost, out Reservation reservation, out LimitDenial denial, out LimitReading left)
    {
        Enter(caller, model, global);
        try
        {
            var isReserved = Reserve(caller, model, global, cost, out reservation, out denial);
            left = ReadTightest(caller, model, global);
            return isReserved;
        }
        finally
        {
            Exit(caller, model, global);
        }
    }

    /// <summary>Ends a reservation.</summary>
    public static void Settle(in Reservation reservation, CallCost used)
    {
        Settle(reservation.Caller, reservation.Cost, used);
        Settle(reservation.Model, reservation.Cost, used);
        Settle(reservation.Global, reservation.Cost, used);
    }

    /// <summary>How much a caller has left, by whichever limit it will feel first.</summary>
    public static LimitReading Read(Meter? caller, Meter? model, Meter? global)
    {
        Enter(caller, model, global);
        try
        {
            return ReadTightest(caller, model, global);
        }
        finally
        {
            Exit(caller, model, global);
        }
    }

    private static bool Reserve(Meter? caller, Meter? model, Meter? global, CallCost cost, out Reservation reservation, out LimitDenial denial)
    {
        LimitDenial? found = null;
        var fits = caller?.Fits(cost, ref found) ?? true;
        fits &= model?.Fits(cost, ref found) ?? true;
        fits &= global?.Fits(cost, ref found) ?? true;
        reservation = default;
        denial = found.GetValueOrDefault();
        if (!fits) return false;
        caller?.Take(cost);
        model?.Take(cost);
        global?.Take(cost);
        reservation = new Reservation(caller, model, global, cost);
        return true;
    }

    private static LimitReading ReadTightest(Meter? caller, Meter? model, Meter? global) =>
        LimitReading.Tighter(LimitReading.Tighter(caller?.Read() ?? default, model?.Read() ?? default), global?.Read() ?? default);

    // One after the other in the order of their scopes, so that no two requests wait for each other.
    private static void Enter(Meter? caller, Meter? model, Meter? global)
    {
        caller?.Gate.Enter();
        model?.Gate.Enter();
        global?.Gate.Enter();
    }

    private static void Exit(Meter? caller, Meter? model, Meter? global)
    {
        global?.Gate.Exit();
        model?.Gate.Exit();
        caller?.Gate.Exit();
    }

    private static void Settle(Meter? meter, CallCost taken, CallCost used)
    {
        if (meter is null) return;
        lock (meter.Gate) meter.Settle(taken, used);
    }
}
