namespace Penstock.Routing;

/// <summary>A model as <c>/v1/models</c> shows it.</summary>
/// <param name="Id">What to ask for.</param>
/// <param name="OwnedBy">The backend that has it.</param>
internal sealed record ListedModel(string Id, string OwnedBy);
