namespace Penstock.Admission.Limits;

/// <summary>Of whom something is limited. Meters are locked in this order.</summary>
internal enum MeterScope
{
    Caller,
    Model,
    Global,
}
