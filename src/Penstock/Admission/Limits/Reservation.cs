namespace Penstock.Admission.Limits;

/// <summary>What a call has taken of its limits; nothing by default.</summary>
internal readonly record struct Reservation(Meter? Caller, Meter? Model, Meter? Global, CallCost Cost);
