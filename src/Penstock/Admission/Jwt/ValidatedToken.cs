namespace Penstock.Admission.Jwt;

/// <summary>A token that was found good.</summary>
/// <param name="Identity">Whose it is.</param>
/// <param name="Source">Where its issuer's keys come from.</param>
/// <param name="Keys">The keys that it was found good with; once others are in force it must be looked at again.</param>
internal sealed record ValidatedToken(JwtIdentity Identity, IJwtKeys Source, Jwks Keys);
