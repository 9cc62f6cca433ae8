using Penstock.Admission.Limits;

namespace Penstock.Runtime;

/// <summary>What calls to a model are held to and estimated by.</summary>
/// <param name="Meter">What all callers together may use of it; null: it has no limits.</param>
/// <param name="Estimator">How many tokens its calls come to.</param>
internal sealed record ModelTerms(Meter? Meter, TokenEstimator Estimator);
