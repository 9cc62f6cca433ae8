namespace Penstock.Routing;

/// <summary>Where a model's requests go.</summary>
/// <param name="Name">What the configuration calls it: a model, a pattern or a backend; <c>other</c> for the default's.</param>
/// <param name="Pool">Who may answer.</param>
internal sealed record ModelRoute(string Name, Pool Pool);
