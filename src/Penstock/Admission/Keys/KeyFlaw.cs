namespace Penstock.Admission.Keys;

/// <summary>What is wrong with what was asked for.</summary>
/// <param name="Param">Which member: <c>name</c>, <c>models</c>, …</param>
/// <param name="Message">What would be right.</param>
internal sealed record KeyFlaw(string Param, string Message);
